import { afterAll, describe, expect, it } from 'vitest';
import { connectQuickly } from './connection.ts';
import { createOutage } from './outage.ts';
import { createRegistryGate, limitFrom, pauseFrom } from './registry-gate.ts';

// Nothing answers there: what workers share is tested with a real Redis in acceptance/fleet.
const redis = connectQuickly({
  redis: 'redis://127.0.0.1:1',
  outage: createOutage('redis://127.0.0.1:1', () => undefined),
});
afterAll(() => redis.disconnect());

describe('the gate of a registry, without Redis', () => {
  const { signal } = new AbortController();

  it('lets so many requests through in a second as the limit says, and makes the next one wait', async () => {
    const gate = createRegistryGate(redis, 'test-1', { limits: { 'a.test': 5 }, account: '' });
    const started = performance.now();
    await Promise.all(Array.from({ length: 5 }, async () => gate.enter('https://a.test', signal)));
    expect(performance.now() - started).toBeLessThan(900);
    await gate.enter('https://a.test', signal);
    expect(performance.now() - started).toBeGreaterThan(500);
  });

  it('leaves a registry alone for as long as it asks, and no other registry', async () => {
    const gate = createRegistryGate(redis, 'test-2', { limits: {}, account: '' });
    await Promise.all([gate.enter('https://a.test', signal), gate.enter('https://b.test', signal)]);
    gate.answered('https://a.test', { status: 429, retryAfterMs: 60_000 });
    expect(gate.pausedMs('a.test')).toBeGreaterThan(50_000);
    expect([gate.isSlow('a.test'), gate.isSlow('b.test'), gate.pausedMs('b.test')]).toEqual([true, false, 0]);
    await gate.enter('https://b.test', signal);
    await expect(gate.enter('https://a.test', AbortSignal.timeout(30))).rejects.toThrow('aborted');
  });

  it('takes a server that is out of order for a moment for no limit', () => {
    const gate = createRegistryGate(redis, 'test-3', { limits: {}, account: '' });
    gate.answered('https://a.test', { status: 503 });
    gate.answered('https://a.test', { status: 200 });
    expect([gate.isSlow('a.test'), gate.pausedMs('a.test')]).toEqual([false, 0]);
  });
});

describe('what Redis says of a registry', () => {
  it.each([
    ['100', undefined, 100],
    ['100', 50, 50],
    ['0', undefined, 1],
    [null, 50, 50],
    ['many', 50, 50],
    ['Infinity', 50, 50],
  ])('has a limit of %j, with %j given, mean %i', (learned, given, limit) => {
    expect(limitFrom(learned, given)).toBe(limit);
  });

  it('pauses it for an hour at most', () => {
    expect([pauseFrom(5000), pauseFrom(2 ** 40)]).toEqual([5000, 3_600_000]);
  });
});
