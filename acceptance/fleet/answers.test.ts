import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Answer, type Answers, createAnswers } from '../../packages/fleet/src/answers.ts';
import { createSeal } from '../../packages/fleet/src/seal.ts';
import { hasRedis, type RedisServer, startRedis } from './redis.ts';

const MINUTE_MS = 60_000;

describe.skipIf(!hasRedis())('an answer in Redis (skipped where redis-server is not installed)', () => {
  let server: RedisServer;
  let redis: Redis;
  const key = randomBytes(32);
  const warnings: string[] = [];
  const answer: Answer = { kind: 'problem', problem: { code: 'unanswered', message: 'as it was' } };
  const answersOf = (prefix: string): Answers =>
    createAnswers(redis, prefix, createSeal({ key, prefix }, 'answer'), (message) => warnings.push(message));
  beforeAll(async () => {
    server = await startRedis();
    redis = new Redis(server.url);
  });
  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    warnings.length = 0;
    await answersOf('one').put(0, 'q1', answer, 10 * MINUTE_MS);
  });
  afterEach(async () => {
    vi.useRealTimers();
    await redis.flushall();
  });
  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });

  it('is found until it expires, and as much later as clocks differ', async () => {
    vi.setSystemTime(Date.now() + 15 * MINUTE_MS - 1000);
    expect(await answersOf('one').find(0, ['q1', 'q2'])).toEqual(new Map([['q1', answer]]));
    expect(warnings).toEqual([]);
  });

  it('is not found after that, also if Redis keeps it: a run that Redis begins again has answers of its own', async () => {
    await redis.persist('{one:0}:answer:q1');
    vi.setSystemTime(Date.now() + 15 * MINUTE_MS + 1000);
    expect(await answersOf('one').find(0, ['q1'])).toEqual(new Map());
    expect(warnings).toEqual(['Redis brought back an answer to q1 that had expired: it is left out']);
  });

  it('is not found by another fleet, also if it has the same key', async () => {
    await redis.rename('{one:0}:answer:q1', '{two:0}:answer:q1');
    expect(await answersOf('two').find(0, ['q1'])).toEqual(new Map());
    expect(warnings).toEqual(['Redis holds an answer to q1 that no worker of this fleet wrote: it is left out']);
  });
});
