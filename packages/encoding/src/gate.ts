/** Runs pieces of work, some at a time, in order of arrival. */
export type Gate = <T>(work: () => Promise<T>) => Promise<T>;

/** Lets at most `limit` pieces of work run at the same time. Work that waits for other work behind the same gate would wait forever. */
export function createGate(limit: number): Gate {
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
