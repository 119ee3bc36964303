import { openFleet, startWorker, type WorkerOptions } from '@sigtrail/fleet';
import { createVerifier } from 'sigtrail';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorld, type FleetWorld } from './fleet-world.ts';
import { collect, verdictOf } from './outcomes.ts';
import { hasRedis, type RedisServer, startRedis } from './redis.ts';

describe.skipIf(!hasRedis())('a fleet over a real Redis (skipped where redis-server is not installed)', () => {
  let redis: RedisServer;
  let world: FleetWorld;
  beforeAll(async () => {
    [redis, world] = await Promise.all([startRedis(), createWorld(12)]);
  });
  afterAll(async () => {
    await Promise.all([redis.stop(), world.registry.close()]);
  });

  const shared = (prefix: string, shards = 1) => ({ redis: redis.url, key: world.key, prefix, shards });
  const workerOptions = (prefix: string, shards = 1): WorkerOptions => ({
    ...shared(prefix, shards),
    policies: world.policies,
    trust: world.trust,
  });

  it.each([1, 2, 4])('gives the verdicts of one process, with %i queues and two workers', async (shards) => {
    const prefix = `same-${String(shards)}`;
    await using fleet = openFleet(shared(prefix, shards));
    await using _one = startWorker(workerOptions(prefix, shards));
    await using _two = startWorker(workerOptions(prefix, shards));
    const references = world.images.flatMap(({ reference, pinned }) => [reference, pinned, reference]);
    const outcomes = await collect(
      fleet.scan(references, {
        scan: 'one',
        policies: world.policies,
        trust: world.trust,
        policyFor: () => 'release',
      }),
    );
    expect(outcomes.map(({ reference }) => reference).toSorted()).toEqual(references.toSorted());
    await using verifier = createVerifier({ trust: world.trust });
    for (const { reference, verdict } of world.images) {
      const report = await verifier.evaluate(reference, world.policies['release'] ?? expect.fail());
      expect(report.verdict).toBe(verdict);
      expect(outcomes.filter((one) => one.reference === reference).map(verdictOf)).toEqual([verdict, verdict]);
    }
    expect(await fleet.deadLetters()).toEqual([]);
  });

  it('answers each reference once, however often it comes and however often the queues are looked at', async () => {
    const prefix = 'often';
    await using fleet = openFleet(shared(prefix));
    await using _worker = startWorker(workerOptions(prefix));
    const references = Array.from({ length: 3000 }, (_, index) => world.images[index % 12]?.pinned ?? '');
    const outcomes = await collect(
      fleet.scan(references, {
        scan: 'one',
        policies: world.policies,
        trust: world.trust,
        policyFor: () => 'release',
        window: 40,
        lookAgainMs: 1,
      }),
    );
    expect(outcomes.map(({ reference }) => reference).toSorted()).toEqual(references.toSorted());
  });
});
