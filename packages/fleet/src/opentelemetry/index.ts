export { traceJobs } from './trace-jobs.ts';
export type { TraceJobsOptions } from './trace-jobs.ts';
