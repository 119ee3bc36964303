import { describe, expect, it } from 'vitest';
import { parseScanOptions, type ScanOptions } from './scan-options.ts';
import { parseWorkerOptions, type WorkerOptions } from './worker-options.ts';

const scan = (limits: ScanOptions['limits']) =>
  parseScanOptions({
    scan: 'x',
    policies: {},
    policyFor: () => undefined,
    ...(limits === undefined ? {} : { limits }),
  });
const worker = (limits: WorkerOptions['limits']) =>
  parseWorkerOptions({
    redis: 'redis://127.0.0.1:1',
    key: new Uint8Array(32),
    policies: {},
    ...(limits === undefined ? {} : { limits }),
  });

// A list where an object belongs, as a program without types may give it.
const LIST: Readonly<Record<string, number>> = JSON.parse('[5]');

describe('limits', () => {
  it.each([[undefined], [{}], [{ 'ghcr.io': 1 }], [{ 'ghcr.io': 0.5 + 1, 'a.test:5000': 100 }]])(
    'may be %j, for a scan and for a worker',
    (limits) => {
      expect(scan(limits).limits).toEqual(limits ?? {});
      expect(worker(limits).limits).toEqual(limits ?? {});
    },
  );

  // A gate without a place would make a scan wait for good.
  it.each([[{ 'ghcr.io': 0 }], [{ 'ghcr.io': -1 }], [{ 'ghcr.io': Number.NaN }], [LIST]])(
    'are refused as %j',
    (limits) => {
      expect(() => scan(limits)).toThrow(/"limits" must be an object of requests a second, 1 or more/);
      expect(() => worker(limits)).toThrow(/"limits" must be an object of requests a second, 1 or more/);
    },
  );
});
