import { Redis } from 'ioredis';
import { createVerifier, type Verifier } from 'sigtrail';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createJudge, type Judge } from '../../packages/fleet/src/judge.ts';
import type { Question } from '../../packages/fleet/src/question.ts';
import { parseWorkerOptions, type WorkerSettings } from '../../packages/fleet/src/worker-options.ts';
import { createWorld, type FleetWorld } from './fleet-world.ts';
import { hasRedis, type RedisServer, startRedis } from './redis.ts';

const HOUR = 3_600_000;

describe.skipIf(!hasRedis())('the record of an image (skipped where redis-server is not installed)', () => {
  let server: RedisServer;
  let redis: Redis;
  let world: FleetWorld;
  let verifier: Verifier;
  let settings: WorkerSettings;
  let question: Question;
  const policy = () => settings.policies.get('release') ?? expect.fail();
  const signal = new AbortController().signal;
  beforeAll(async () => {
    [server, world] = await Promise.all([startRedis(), createWorld(1)]);
    redis = new Redis(server.url);
    verifier = createVerifier({ trust: world.trust });
    settings = parseWorkerOptions({
      redis: server.url,
      key: world.key,
      policies: world.policies,
      trust: world.trust,
      keepEvidenceMs: 2 * HOUR,
    });
    question = {
      scan: 'nightly',
      reference: world.images[0]?.pinned ?? '',
      policy: { name: 'release', hash: policy().hash },
      trust: world.trust.digest,
    };
  }, 60_000);
  afterEach(async () => {
    vi.useRealTimers();
    await redis.flushall();
  });
  afterAll(async () => {
    redis.disconnect();
    await Promise.all([verifier.close(), server.stop(), world.registry.close()]);
  });

  /** The judge of a worker whose verifier records so. */
  function judgeBy(capture: Verifier['capture']): Judge {
    return createJudge(settings, { of: () => ({ ...verifier, capture }), close: async () => undefined }, redis);
  }

  it('has the age of what was read, also where the worker was stopped before it wrote it', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const judge = judgeBy(async (...asked) => {
      const capsule = await verifier.capture(...asked);
      vi.setSystemTime(Date.now() + HOUR);
      return capsule;
    });
    await judge.ask(question, policy().policy, signal);
    const { verdict, locations } = await judge.askStores(question, policy().policy);
    expect(verdict).toBe('verified');
    expect(locations.map(({ ageMs = 0 }) => ageMs >= HOUR)).toContain(true);
    expect(locations.map(({ ageMs = 0 }) => ageMs >= HOUR)).not.toContain(false);
  });
});
