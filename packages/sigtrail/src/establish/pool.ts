/**
 * Runs at most `max` at a time; the others wait for their turn. While some wait, the thread that asks has work of its own and keeps a core:
 * with all cores taken it would fall behind, and be left to finish alone.
 */
export function createPool<Question, Answer>(
  max: number,
  run: (question: Question) => Promise<Answer>,
): (question: Question) => Promise<Answer> {
  const besideAsker = Math.max(1, max - 1);
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (question) => {
    // Who waited takes the place of the one that woke it.
    if (running >= (waiting.length > 0 ? besideAsker : max))
      await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await run(question);
    } finally {
      const next = running > besideAsker ? undefined : waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
