import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { startDeadline } from './deadline.ts';
import { createHttp } from './http.ts';
import { createPaces } from './pace.ts';
import type { RateLimit } from './response-headers.ts';

const ORIGIN = 'https://registry.test';

it('lets requests go at once to an origin that never throttled', async () => {
  const deadline = startDeadline(1000);
  const started = performance.now();
  const paces = createPaces();
  await Promise.all(Array.from({ length: 1000 }, async () => paces.enter(ORIGIN, deadline)));
  deadline.clear();
  expect(performance.now() - started).toBeLessThan(500);
});

it('leaves a throttling origin alone for as long as it asks, then continues in order, with gaps; others are not slowed', async () => {
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

describe('what an origin says of its limit', () => {
  /** The times at which that many requests start, after one answer with that limit. */
  async function startsAfter(limit: RateLimit, requests: number): Promise<readonly number[]> {
    const deadline = startDeadline(10_000);
    const paces = createPaces();
    const started = performance.now();
    paces.learn(ORIGIN, limit);
    const starts: number[] = [];
    for (let index = 0; index < requests; index += 1) {
      await paces.enter(ORIGIN, deadline);
      starts.push(performance.now() - started);
    }
    deadline.clear();
    return starts;
  }

  it('spreads the few requests that are left over the time that is left', async () => {
    const starts = await startsAfter({ limit: 50, remaining: 9, resetSeconds: 1 }, 6);
    expect(starts[0]).toBeLessThan(50);
    expect(starts[5]).toBeGreaterThanOrEqual(540);
    expect(starts[5]).toBeLessThan(900);
  });

  it('waits for the next window if none is left', async () => {
    expect((await startsAfter({ remaining: 0, resetSeconds: 1 }, 1))[0]).toBeGreaterThanOrEqual(990);
  });

  it.each<[string, RateLimit]>([
    ['many are left', { limit: 50, remaining: 40, resetSeconds: 1 }],
    ['many are left of a number that is not said', { remaining: 60, resetSeconds: 1 }],
    ['the window lasts for hours, as on Docker Hub', { limit: 100, remaining: 2, windowSeconds: 21_600 }],
    ['the window is not said', { limit: 50, remaining: 0 }],
    ['the window is over', { limit: 50, remaining: 0, resetSeconds: 0 }],
    ['what is left is not said', { limit: 50, resetSeconds: 1 }],
  ])('does not slow down where %s', async (_, limit) => {
    expect((await startsAfter(limit, 20))[19]).toBeLessThan(200);
  });

  it('is read from every answer of a client', async () => {
    const times: number[] = [];
    const server = createServer((_, response) => {
      times.push(performance.now());
      response.writeHead(200, { 'ratelimit-limit': '10', 'ratelimit-remaining': '1', 'ratelimit-reset': '1' }).end();
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const http = createHttp();
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    for (let index = 0; index < 3; index += 1) await http.request({ url, maxBytes: 10 });
    expect((times[2] ?? 0) - (times[1] ?? 0)).toBeGreaterThanOrEqual(450);
    await http.close();
    server.close();
  });
});

describe('a fault of a server', () => {
  it.each<[number, object, boolean]>([
    [503, {}, false],
    [500, {}, false],
    [503, { 'retry-after': '1' }, true],
    [429, {}, true],
  ])('%i with %j slows down what comes next: %s', async (status, headers, slows) => {
    let count = 0;
    const server = createServer((_, response) => {
      count += 1;
      if (count === 1) response.writeHead(status, { ...headers }).end();
      else response.end();
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const http = createHttp({ retryBaseMs: 1 });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    await http.request({ url, maxBytes: 10 });
    const started = performance.now();
    await Promise.all(Array.from({ length: 20 }, async () => http.request({ url, maxBytes: 10 })));
    // Twenty requests with gaps of almost 20 ms.
    if (slows) expect(performance.now() - started).toBeGreaterThan(300);
    else expect(performance.now() - started).toBeLessThan(300);
    await http.close();
    server.close();
  });
});
