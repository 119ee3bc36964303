import { expect, test } from 'vitest';
import { runSteps, type Step } from './step.ts';

const step = (name: string, ok: boolean, after: readonly string[] = []): Step => ({
  name,
  after,
  run: () => Promise.resolve({ ok, output: `said by ${name}` }),
});

async function run(steps: readonly Step[]): Promise<{ held: boolean; lines: readonly string[] }> {
  const lines: string[] = [];
  const held = await runSteps(steps, (line) => lines.push(line));
  return { held, lines };
}

test('says how many held, and nothing of what they printed', async () => {
  const { held, lines } = await run([step('a', true), step('b', true, ['a'])]);
  expect(held).toBe(true);
  expect(lines.at(-1)).toBe('2 passed, 0 failed');
  expect(lines.join('\n')).not.toContain('said by');
});

test('shows what a failed step printed, and fails', async () => {
  const { held, lines } = await run([step('a', false), step('b', true)]);
  expect(held).toBe(false);
  expect(lines.at(-1)).toBe('1 passed, 1 failed');
  expect(lines).toContain('      | said by a');
});

test('counts a step as failed that could not run because of another', async () => {
  const { held, lines } = await run([step('a', false), step('b', true, ['a'])]);
  expect(held).toBe(false);
  expect(lines.at(-1)).toBe('0 passed, 2 failed');
  expect(lines).toContain('      | not run, because it needs: a');
});

test('runs a step on its own when the one it builds on was not asked for', async () => {
  const { held } = await run([step('b', true, ['a'])]);
  expect(held).toBe(true);
});

test('counts a step that throws as failed', async () => {
  const thrower: Step = { name: 'a', run: () => Promise.reject(new Error('no disk')) };
  const { held, lines } = await run([thrower]);
  expect(held).toBe(false);
  expect(lines.join('\n')).toContain('no disk');
});
