/** Node's timers fire at once beyond it. */
const LONGEST_MS = 2 ** 31 - 1;

/** What the work brings, or what `late` says once that time is over. A failure of the work is thrown, and one that comes too late is left aside. */
export async function inTime<T>(work: Promise<T>, ms: number, late: () => T): Promise<T> {
  if (ms > LONGEST_MS) return work;
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<T>((resolve) => {
    timer = setTimeout(() => resolve(late()), Math.max(0, Math.ceil(ms)));
  });
  try {
    return await Promise.race([work, over]);
  } finally {
    clearTimeout(timer);
  }
}
