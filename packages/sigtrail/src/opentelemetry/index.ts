export { traceStages } from './trace-stages.ts';
export type { TraceStagesOptions } from './trace-stages.ts';
export type { StageEvent } from '../stage-event.ts';
