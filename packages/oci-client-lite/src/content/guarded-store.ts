import { inTime } from '@sigtrail/encoding';

/** Asks a store on behalf of a caller that can do without it. */
export interface GuardedStore<S> {
  /** What the store answers; `undefined` if it throws, is late, or was late a moment ago. */
  ask<T>(question: (store: S) => T | Promise<T>, patienceMs?: number): Promise<T | undefined>;
}

/** A healthy store never takes longer. */
export const storePatienceMs = 2000;
/** If an answer takes longer, the excess counts as time that the store cost. */
const quickMs = 250;
const leftOutMs = 30_000;

/**
 * A store that fails is treated as empty. A store that does not answer is skipped for half a minute, so that it costs a call one wait rather than one for each read. So is a store
 * whose slow answers together have cost as much.
 */
export function guardStore<S>(store: S, onFailure: () => void): GuardedStore<S> {
  let leftOutUntil = 0;
  let costMs = 0;
  let countedUntil = 0;
  const leaveOut = (): void => {
    leftOutUntil = performance.now() + leftOutMs;
    costMs = 0;
  };
  // If several reads wait at the same time, that counts once. A store earns a tenth of the time in which it is not slow.
  const countFrom = (started: number): void => {
    const ended = performance.now();
    const slowFrom = Math.max(started + quickMs, countedUntil);
    if (ended <= slowFrom) return;
    costMs = Math.max(0, costMs - (slowFrom - countedUntil) / 10) + ended - slowFrom;
    countedUntil = ended;
    if (costMs <= storePatienceMs) return;
    leaveOut();
    onFailure();
  };
  return {
    ask: async <T>(
      question: (store: S) => T | Promise<T>,
      patienceMs: number = storePatienceMs,
    ): Promise<T | undefined> => {
      const started = performance.now();
      if (started < leftOutUntil) return undefined;
      const answer = await inTime(
        answerOf(() => question(store)),
        patienceMs,
        (): Answer<T> => ({ kind: 'late' }),
      );
      if (answer.kind === 'late') leaveOut();
      else countFrom(started);
      if (answer.kind === 'done') return answer.value;
      onFailure();
      return undefined;
    },
  };
}

type Answer<T> = { readonly kind: 'done'; readonly value: T } | { readonly kind: 'failed' | 'late' };

/** The answer of a store, unless it throws. */
async function answerOf<T>(work: () => T | Promise<T>): Promise<Answer<T>> {
  try {
    return { kind: 'done', value: await work() };
  } catch {
    return { kind: 'failed' }; // the caller is told
  }
}

/** What a store returns, if it is bytes, and not too many. A copy, like everything that a store is given: it may write over its buffers at any time. */
export function copyOf(stored: unknown, maxBytes: number): Uint8Array | undefined {
  if (!(stored instanceof Uint8Array) || stored.byteLength > maxBytes) return undefined;
  return Uint8Array.from(stored);
}
