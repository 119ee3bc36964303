import { type Look, OciError, type ReadOptions } from 'oci-client-lite';
import { createGate } from './gate.ts';

const maxParallelReads = 8;

/** Everything that one call reads goes through here: one deadline, so many reads at a time, one transcript. */
export interface Reader {
  /** Every request so far, in the order in which they ended. */
  readonly transcript: readonly Look[];
  /** Runs one read. @throws OciError `timeout` when there is no time left to begin it */
  read<T>(work: (options: ReadOptions) => Promise<T>): Promise<T>;
  /** Ends every read that is under way; their result is not needed any more. */
  stop(): void;
}

/** Starts the clock of one call. */
export function createReader(timeoutMs: number, signal?: AbortSignal): Reader {
  const end = performance.now() + timeoutMs;
  const stopped = new AbortController();
  const ended = signal === undefined ? stopped.signal : AbortSignal.any([signal, stopped.signal]);
  const gate = createGate(maxParallelReads);
  const transcript: Look[] = [];
  return {
    transcript,
    read: (work) =>
      gate(async () => {
        // What is left of the whole call's time, or many short reads would add up to forever.
        const remainingMs = end - performance.now();
        if (remainingMs <= 0) throw new OciError('timeout', `not done within ${timeoutMs} ms`);
        return await work({ signal: ended, timeoutMs: remainingMs, onLook: (look) => void transcript.push(look) });
      }),
    stop: () => stopped.abort(),
  };
}
