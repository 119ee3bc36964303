import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { WorkerOrder } from './worker-process.ts';

/** Worker processes. */
export interface WorkerFleet {
  /** `kill -9` for one of them, and a new one in its place. */
  killOne(): Promise<void>;
  /** Processor time of all of them, in milliseconds, as far as it is known of those that ended in peace. */
  stop(): Promise<void>;
}

/** Starts so many, each with a clock of its own where the order says how far off. */
export async function startWorkers(
  order: WorkerOrder,
  count: number,
  skews: readonly number[] = [0],
): Promise<WorkerFleet> {
  let started = 0;
  const start = async (): Promise<ChildProcess> => {
    const skewMs = skews[started % skews.length] ?? 0;
    started += 1;
    const child = fork(fileURLToPath(new URL('worker-process.ts', import.meta.url)), [], {
      execArgv: ['--conditions=@sigtrail/source'],
    });
    child.send({ ...order, skewMs });
    await once(child, 'message');
    return child;
  };
  const children = await Promise.all(Array.from({ length: count }, start));
  return {
    killOne: async () => {
      const child = children.shift();
      if (child === undefined) return;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
      children.push(await start());
    },
    stop: async () => {
      await Promise.all(
        children.map(async (child) => {
          const gone = once(child, 'exit');
          child.kill('SIGTERM');
          await gone;
        }),
      );
    },
  };
}
