import { expect, it } from 'vitest';
import { inTime } from './in-time.ts';

const never = new Promise<string>(() => undefined);

it('is the work’s result, if that comes first', async () => {
  await expect(inTime(Promise.resolve('done'), 60_000, () => 'late')).resolves.toBe('done');
});

it('is the caller’s fallback, if the time runs out first', async () => {
  await expect(inTime(never, 1, () => 'late')).resolves.toBe('late');
});

it('is late at once if no time is left', async () => {
  await expect(inTime(never, -5, () => 'late')).resolves.toBe('late');
});

it('fails as the work fails', async () => {
  await expect(inTime(Promise.reject(new Error('broken')), 60_000, () => 'late')).rejects.toThrow('broken');
});

it('waits for the work if the time is longer than a timer can be', async () => {
  const work = new Promise<string>((resolve) => {
    setImmediate(() => resolve('done'));
  });
  await expect(inTime(work, Number.POSITIVE_INFINITY, () => 'late')).resolves.toBe('done');
});
