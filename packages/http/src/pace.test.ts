import { expect, it } from 'vitest';
import { startDeadline } from './deadline.ts';
import { createPaces } from './pace.ts';

const ORIGIN = 'https://registry.test';

it('lets requests go at once to an origin that never throttled', async () => {
  const deadline = startDeadline(1000);
  const started = performance.now();
  const paces = createPaces();
  await Promise.all(Array.from({ length: 1000 }, async () => paces.enter(ORIGIN, deadline)));
  deadline.clear();
  expect(performance.now() - started).toBeLessThan(500);
});

it('leaves a throttling origin alone for as long as it asks, then goes on in order, with gaps; others are not slowed', async () => {
  const deadline = startDeadline(10_000);
  const paces = createPaces();
  const started = performance.now();
  expect(paces.slowDown(ORIGIN, started, 100)).toBe(true);
  const times: number[] = [];
  const order: number[] = [];
  const enter = async (index: number): Promise<void> => {
    await paces.enter(ORIGIN, deadline);
    order.push(index);
    times.push(performance.now() - started);
  };
  const all = Promise.all([0, 1, 2, 3, 4].map(enter));
  await paces.enter('https://other.test', deadline);
  expect(performance.now() - started).toBeLessThan(90);
  await all;
  deadline.clear();
  expect(order).toEqual([0, 1, 2, 3, 4]);
  expect(times[0]).toBeGreaterThanOrEqual(99);
  // Four gaps of 20 ms, a little less by now.
  expect((times[4] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(4 * 18);
});

it('counts requests that were on their way together once', () => {
  const paces = createPaces();
  const sent = performance.now();
  expect(paces.slowDown(ORIGIN, sent, 1)).toBe(true);
  expect(paces.slowDown(ORIGIN, sent, 1)).toBe(false);
  expect(paces.slowDown(ORIGIN, performance.now(), 1)).toBe(true);
});

it('ends the wait of a request whose deadline ends, and not that of the next', async () => {
  const paces = createPaces();
  const short = startDeadline(30);
  const long = startDeadline(10_000);
  const started = performance.now();
  paces.slowDown(ORIGIN, started, 150);
  const [first, second, third] = await Promise.allSettled([
    paces.enter(ORIGIN, long),
    paces.enter(ORIGIN, short),
    paces.enter(ORIGIN, long),
  ]);
  long.clear();
  expect([first.status, second.status, third.status]).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(performance.now() - started).toBeGreaterThanOrEqual(149);
});
