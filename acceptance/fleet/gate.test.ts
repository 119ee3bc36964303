import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { GateOrder, GatePassed } from './gate-process.ts';
import { hasRedis, type RedisServer, startRedis } from './redis.ts';

describe.skipIf(!hasRedis())(
  'the gate of a registry, for two processes (skipped where redis-server is not installed)',
  () => {
    let server: RedisServer;
    let redis: Redis;
    const children: ChildProcess[] = [];
    beforeAll(async () => {
      server = await startRedis();
      redis = new Redis(server.url);
    });
    afterEach(async () => {
      const gone = children.splice(0).map(async (child) => {
        const exited = once(child, 'exit');
        child.disconnect();
        await exited;
      });
      await Promise.all(gone);
    });
    afterAll(async () => {
      redis.disconnect();
      await server.stop();
    });

    /** A process at the gate, and when it went through. */
    async function start(order: Omit<GateOrder, 'redis'>) {
      const child = fork(fileURLToPath(new URL('gate-process.ts', import.meta.url)), [], {
        execArgv: ['--conditions=@sigtrail/source'],
      });
      children.push(child);
      child.send({ ...order, redis: server.url });
      await once(child, 'message');
      const passed: number[] = [];
      child.on('message', ({ at }: GatePassed) => passed.push(at));
      return { passed, send: (word: { readonly enter?: number; readonly answered?: number }) => child.send(word) };
    }
    /** The most that went through in any second, of all processes. */
    const mostInASecond = (times: readonly number[]): number =>
      Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + 1000).length));

    it('lets so many through in a second as one would have, and each of them gets some', async () => {
      const order = { limits: { 'registry.test': 10 }, account: 'both' };
      const [one, other] = [await start(order), await start(order)];
      for (const { send } of [one, other]) send({ enter: 20 });
      await expect.poll(() => one.passed.length + other.passed.length).toBe(40);
      const times = [...one.passed, ...other.passed].toSorted((a, b) => a - b);
      // 10 at once, and 10 at the beginning of each further second; any second meets at most two of these.
      expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThan(2500);
      expect(mostInASecond(times)).toBeLessThanOrEqual(20);
      expect(Math.min(one.passed.length, other.passed.length)).toBe(20);
    });

    it('counts another account apart', async () => {
      const limits = { 'registry.test': 5 };
      const [one, other] = [await start({ limits, account: 'first' }), await start({ limits, account: 'second' })];
      for (const { send } of [one, other]) send({ enter: 5 });
      await expect.poll(() => one.passed.length + other.passed.length).toBe(10);
      const times = [...one.passed, ...other.passed];
      expect(Math.max(...times) - Math.min(...times)).toBeLessThan(1000);
    });

    it('leaves a registry alone that told only one of them to', async () => {
      const order = { limits: { 'registry.test': 1000 }, account: 'told' };
      const [told, other] = [await start(order), await start(order)];
      told.send({ enter: 1 });
      await expect.poll(() => told.passed.length).toBe(1);
      const saidAt = Date.now();
      told.send({ answered: 429 });
      await expect.poll(async () => (await redis.keys('gates:gate:*:pause')).length).toBe(1);
      other.send({ enter: 5 });
      await expect.poll(() => other.passed.length).toBe(5);
      expect(Math.min(...other.passed) - saidAt).toBeGreaterThan(1500);
    });
  },
);
