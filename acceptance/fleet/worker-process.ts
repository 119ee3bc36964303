import { once } from 'node:events';
import { startWorker } from '@sigtrail/fleet';
import type { ImagePolicy } from 'sigtrail';
import { trustRoot } from 'sigtrail/trust';

/** What a worker of a run gets in a message of its parent: anyone could read an argument. */
export interface WorkerOrder {
  readonly redis: string;
  /** Base64. */
  readonly key: string;
  readonly prefix: string;
  readonly shards: number;
  readonly trust: string;
  readonly policies: Readonly<Record<string, ImagePolicy>>;
  readonly lockMs: number;
  /** How far its clock is off. */
  readonly skewMs: number;
}

const [received] = (await once(process, 'message')) as [WorkerOrder];
const { key, trust, skewMs, ...order } = received;

if (skewMs !== 0) {
  const now = Date.now.bind(Date);
  const shifted = class extends Date {
    constructor(...given: readonly unknown[]) {
      super(...((given.length === 0 ? [now() + skewMs] : given) as [number]));
    }
    static override now(): number {
      return now() + skewMs;
    }
  };
  globalThis.Date = shifted as DateConstructor;
}

const worker = startWorker({
  ...order,
  key: Buffer.from(key, 'base64'),
  trust: trustRoot.fromJson(trust),
  // A try that was throttled comes back within the run.
  timeoutMs: 60_000,
});
await worker.ready();
process.send?.('ready');
process.once('SIGTERM', () => {
  void worker.close({ graceMs: 5000 }).then(() => process.exit(0));
});
// A run that was ended leaves no workers behind.
process.once('disconnect', () => process.exit(1));
