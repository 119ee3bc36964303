/** Beyond this, Node's timers fire at once. */
const LONGEST_MS = 2 ** 31 - 1;

/** The result of the work, or the value of `late` once the time is up. A failure of the work is thrown; a failure that comes too late is ignored. */
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
