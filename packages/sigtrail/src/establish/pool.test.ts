import { expect, it } from 'vitest';
import { createPool } from './pool.ts';

/** Asks `count` questions at once, answers them one after another, and says how many were running before each answer. */
async function runningBeforeEachAnswer(max: number, count: number): Promise<readonly number[]> {
  const open: (() => void)[] = [];
  const pool = createPool<number, number>(max, async (question) => {
    await new Promise<void>((resolve) => open.push(resolve));
    return question;
  });
  const answers = Promise.all(Array.from({ length: count }, async (_, question) => pool(question)));
  const running: number[] = [];
  for (let answered = 0; answered < count; answered += 1) {
    running.push(open.length);
    open.shift()?.();
    await new Promise(setImmediate);
  }
  expect(await answers).toEqual(Array.from({ length: count }, (_, question) => question));
  return running;
}

it('uses all cores for few questions', async () => {
  expect(await runningBeforeEachAnswer(2, 2)).toEqual([2, 1]);
  expect(await runningBeforeEachAnswer(4, 3)).toEqual([3, 2, 1]);
});

it('leaves a core to the thread that asks while questions wait', async () => {
  expect(await runningBeforeEachAnswer(2, 5)).toEqual([2, 1, 1, 1, 1]);
  expect(await runningBeforeEachAnswer(4, 8)).toEqual([4, 3, 3, 3, 3, 3, 2, 1]);
});

it('answers one after another on one core', async () => {
  expect(await runningBeforeEachAnswer(1, 4)).toEqual([1, 1, 1, 1]);
});

it('goes on after one that failed', async () => {
  const pool = createPool<number, number>(1, async (question) => {
    if (question === 0) throw new Error('no answer');
    return question;
  });
  const answers = await Promise.allSettled([0, 1, 2].map(async (question) => pool(question)));
  expect(answers.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
});
