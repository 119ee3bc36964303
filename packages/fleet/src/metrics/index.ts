export { createFleetMetrics } from './fleet-metrics.ts';
export type { FleetMetrics, FleetMetricsOptions } from './fleet-metrics.ts';
export { serveMetrics } from './serve-metrics.ts';
export type { MetricsServer, ServeMetricsOptions } from './serve-metrics.ts';
export type { StageEvent } from 'sigtrail';
export type { Answer } from '../answers.ts';
export type { FleetStatus, QueueStatus } from '../fleet-status.ts';
export type { Postponement, WorkerMetrics } from '../worker-metrics.ts';
