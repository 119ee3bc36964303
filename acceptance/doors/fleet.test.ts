import * as entry from '@sigtrail/fleet';
import * as metrics from '@sigtrail/fleet/metrics';
import * as opentelemetry from '@sigtrail/fleet/opentelemetry';
import { data, GUARD, NOT_A_DOOR, options, strict, walkDoors } from './walk-doors.ts';

// No server listens there.
const shared = { redis: 'redis://127.0.0.1:1', key: new Uint8Array(32) };

walkDoors({
  entries: [entry, metrics, opentelemetry],
  isOurs: entry.isFleetError,
  rows: {
    FleetError: NOT_A_DOOR,
    isFleetError: GUARD,
    openFleet: [strict(shared)],
    reachRedis: [strict(shared)],
    createFleetMetrics: [options()],
    serveMetrics: [data({ text: async () => '', contentType: 'text/plain' }), strict({ port: 0 })],
    traceJobs: [options()],
    startWorker: [strict({ ...shared, policies: {} })],
  },
});
