import { expecting } from './options.ts';

/** Runs pieces of work, some at a time, in order of arrival. */
export type Gate = <T>(work: () => Promise<T>) => Promise<T>;

// With 0 nothing would ever run, and with NaN everything at once.
const aLimit = expecting('a whole number, 1 or more', (value) => Number.isSafeInteger(value) && Number(value) >= 1);

/**
 * Lets at most `limit` pieces of work run at the same time. Work that waits for other work behind the same gate would wait forever.
 *
 * @throws TypeError `invalid-option`
 */
export function createGate(limit: number): Gate {
  aLimit(limit, 'limit', 'createGate');
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running >= limit) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next(); // passes its place on
    }
  };
}
