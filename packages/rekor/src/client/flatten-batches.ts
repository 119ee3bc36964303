/**
 * Gives the elements of batches one after the other. Not a generator: two nested generators cost more for an element than hashing
 * it does.
 */
export function flattenBatches<T>(batches: AsyncIterable<readonly T[]>): AsyncIterable<T> {
  return {
    [Symbol.asyncIterator]() {
      const source = batches[Symbol.asyncIterator]();
      let batch: readonly T[] = [];
      let at = 0;
      const done: IteratorResult<T> = { done: true, value: undefined };
      const nextBatch = async (): Promise<IteratorResult<T>> => {
        for (;;) {
          const next = await source.next();
          if (next.done === true) return done;
          batch = next.value;
          at = 1;
          const [first] = batch;
          if (first !== undefined) return { done: false, value: first };
        }
      };
      return {
        next() {
          const value = batch[at];
          if (value === undefined) return nextBatch();
          at += 1;
          return Promise.resolve({ done: false, value });
        },
        async return() {
          batch = [];
          await source.return?.();
          return done;
        },
      };
    },
  };
}
