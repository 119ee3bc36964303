/** Asks a store for a caller that can do without it. */
export interface GuardedStore<S> {
  /** What the store answers; `undefined` where it throws, is late, or was late a moment ago. */
  ask<T>(question: (store: S) => T | Promise<T>, patienceMs?: number): Promise<T | undefined>;
}

/** No healthy store takes longer. */
export const storePatienceMs = 2000;
const leftOutMs = 30_000;

/** A store that fails is treated as empty; one that does not answer is left out for half a minute, so that it costs a call one wait and not one for each read. */
export function guardStore<S>(store: S, onFailure: () => void): GuardedStore<S> {
  let leftOutUntil = 0;
  return {
    ask: async <T>(
      question: (store: S) => T | Promise<T>,
      patienceMs: number = storePatienceMs,
    ): Promise<T | undefined> => {
      if (performance.now() < leftOutUntil) return undefined;
      const answer = await inTime(async () => question(store), patienceMs);
      if (answer.kind === 'done') return answer.value;
      if (answer.kind === 'late') leftOutUntil = performance.now() + leftOutMs;
      onFailure();
      return undefined;
    },
  };
}

type Answer<T> = { readonly kind: 'done'; readonly value: T } | { readonly kind: 'failed' | 'late' };

/** What a store brings, unless it throws or is late. */
async function inTime<T>(work: () => Promise<T>, patienceMs: number): Promise<Answer<T>> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Answer<T>>((resolve) => {
    timer = setTimeout(() => resolve({ kind: 'late' }), patienceMs);
  });
  const done = work().then(
    (value): Answer<T> => ({ kind: 'done', value }),
    (): Answer<T> => ({ kind: 'failed' }),
  );
  try {
    return await Promise.race([done, late]);
  } finally {
    clearTimeout(timer);
  }
}
