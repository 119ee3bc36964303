import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { createVerifier, type Verifier } from 'sigtrail';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createJudge, type Judge } from '../../packages/fleet/src/judge.ts';
import { createRecords } from '../../packages/fleet/src/records.ts';
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
  const warnings: string[] = [];
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
      onWarning: (message) => warnings.push(message),
    });
    question = {
      scan: 'nightly',
      reference: world.images[0]?.pinned ?? '',
      policy: { name: 'release', hash: policy().hash },
      trust: world.trust.digest,
      account: '',
    };
  }, 60_000);
  afterEach(async () => {
    vi.useRealTimers();
    warnings.length = 0;
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

  it.each([
    ['4 MiB as it is stored', () => randomBytes(5 * 1024 * 1024).toString('base64')],
    ['64 MiB when it is unpacked', () => 'x'.repeat(65 * 1024 * 1024)],
  ])('is not kept above %s, with a warning, and the older record goes', async (_, text) => {
    await judgeBy(verifier.capture).ask(question, policy().policy, signal);
    expect((await judgeBy(verifier.capture).askStores(question, policy().policy)).verdict).toBe('verified');
    const judge = judgeBy(async (...asked) => ({ ...(await verifier.capture(...asked)), deny: text() }));
    await judge.ask(question, policy().policy, signal);
    expect(warnings).toEqual([`evidence was not kept: the record of ${question.reference} is too large`]);
    expect((await judge.askStores(question, policy().policy)).problems).toMatchObject([{ code: 'not-recorded' }]);
  });

  it.each([
    ['clock', { now: 'in another form' }],
    ['discoveries', { discoveries: { first: 'in another form' } }],
    ['discovery', { discoveries: ['in another form'] }],
    ['graph', { discoveries: [{ graph: 'in another form' }] }],
    ['places', { discoveries: [{ graph: { locations: 'in another form' } }] }],
    ['place', { discoveries: [{ graph: { locations: [null] } }] }],
  ])('is as if it were not there where this release can’t read its %s', async (_, other) => {
    const judge = judgeBy(async (...asked) => Object.assign(await verifier.capture(...asked), other));
    await judge.ask(question, policy().policy, signal);
    expect(warnings).toEqual([]);
    expect((await judge.askStores(question, policy().policy)).problems).toMatchObject([{ code: 'not-recorded' }]);
  });

  it('is not there for a worker that keeps nothing, not even if a faster clock wrote it', async () => {
    const records = createRecords(redis, settings);
    const capsule = await verifier.capture(question.reference, policy().policy);
    await records.keep(question, capsule, Date.now() + 60_000);
    expect(await records.find(question)).toBeDefined();
    expect(await createRecords(redis, { ...settings, keepEvidenceMs: 0 }).find(question)).toBeUndefined();
  });
});
