import { expect, test } from 'vitest';
import { snapshotAgeStep } from './snapshot-age.ts';

const ask = async (date: string, now: string): Promise<{ readonly ok: boolean; readonly output: string }> =>
  snapshotAgeStep(date, new Date(now)).run();

test.each(['2026-11-22T00:00:00Z', '2026-12-01T12:00:00Z', '2026-12-22T00:00:00Z'])(
  'a snapshot of 2026-11-22 may be released at %s',
  async (now) => {
    expect(await ask('2026-11-22', now)).toEqual({ ok: true, output: '' });
  },
);

test.each(['2026-12-22T00:00:01Z', '2027-11-22T00:00:00Z'])('and no longer at %s', async (now) => {
  const { ok, output } = await ask('2026-11-22', now);
  expect([ok, output]).toEqual([false, expect.stringContaining('at most 30 are allowed')]);
});

test.each([
  ['2026-11-22', '2026-11-21T23:59:59Z', 'dated in the future'],
  ['22.11.2026', '2026-11-23T00:00:00Z', 'expected a day'],
  ['2026-13-40', '2026-11-23T00:00:00Z', 'expected a day'],
  ['2026-11-22', 'yesterday', 'expected a day'],
])('refuses what it can not compare: %s at %s', async (date, now, words) => {
  const { ok, output } = await ask(date, now);
  expect([ok, output]).toEqual([false, expect.stringContaining(words)]);
});
