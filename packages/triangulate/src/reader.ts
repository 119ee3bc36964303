import { OciError, type ReadOptions, type Repository, type TranscriptEntry } from 'oci-client-lite';
import { createGate, type Gate } from '@sigtrail/encoding';
import type { TranscriptStep } from './triangulation.ts';

/** What was read, and the number of round trips that led there. */
export interface Read<T> {
  readonly value: T;
  readonly step: number;
  /** How old the answer is, where another process got it. */
  readonly ageMs?: number;
}

/** Every read of a call goes through here: one deadline, a limit on concurrent reads per registry, one transcript. */
export interface Reader {
  /** Every request so far, in the order in which they ended. */
  readonly transcript: readonly TranscriptStep[];
  /** Runs one read that needed the answer of step `after` (0: none). @throws OciError `timeout` when there is no time left to begin it */
  read<T>(repository: Repository, after: number, work: (options: ReadOptions) => Promise<T>): Promise<Read<T>>;
  /** Ends every read that is under way; their result is not needed any more. */
  stop(): void;
}

/** Bounds of one call. */
export interface ReaderBounds {
  readonly timeoutMs: number;
  readonly maxParallelReads: number;
  readonly signal: AbortSignal | undefined;
}

/** Starts the clock of one call. */
export function createReader({ timeoutMs, maxParallelReads, signal }: ReaderBounds): Reader {
  const end = performance.now() + timeoutMs;
  const stopped = new AbortController();
  const ended = signal === undefined ? stopped.signal : AbortSignal.any([signal, stopped.signal]);
  const gates = new Map<string, Gate>();
  const gateOf = (repository: Repository): Gate => {
    const host = hostOf(repository);
    const gate = gates.get(host) ?? createGate(maxParallelReads);
    gates.set(host, gate);
    return gate;
  };
  const transcript: TranscriptStep[] = [];
  // A registry that throttles the first location throttles the others: waited for once, not once for each.
  const patience = { throttled: 0 };
  return {
    transcript,
    read: (repository, after, work) =>
      gateOf(repository)(async () => {
        // The rest of the call's time; otherwise many short reads could add up to forever.
        const remainingMs = end - performance.now();
        if (remainingMs <= 0)
          throw new OciError(
            'timeout',
            `the time for reading this image, ${Math.round(timeoutMs)} ms, is over; allow more with "timeoutMs"`,
          );
        let step = after;
        let ageMs: number | undefined;
        const onRequest = (look: TranscriptEntry): void => {
          if (isRoundTrip(look)) step += 1;
          ageMs = look.ageMs ?? ageMs;
          transcript.push({ ...look, step });
        };
        const value = await work({ signal: ended, timeoutMs: remainingMs, onRequest, patience });
        return { value, step, ...(ageMs === undefined ? {} : { ageMs }) };
      }),
    stop: () => stopped.abort(),
  };
}

/** The host that answers: `ghcr.io` of `ghcr.io/acme/app`. A layout answers for itself. */
function hostOf({ kind, name }: Repository): string {
  return kind === 'layout' ? name : name.slice(0, name.indexOf('/'));
}

/** Whether this request is one of those whose number the layout decides: not a file, not out of memory, not for getting in. */
function isRoundTrip({ method, note, status }: TranscriptEntry): boolean {
  return (
    (method === 'GET' || method === 'HEAD') &&
    !['cached', 'challenge', 'token', 'shared listing'].includes(note ?? '') &&
    status !== 401
  );
}
