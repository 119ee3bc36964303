import { openFleet, startWorker, type WorkerOptions } from '@sigtrail/fleet';
import { createVerifier } from 'sigtrail';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorld, type FleetWorld } from './fleet-world.ts';
import { collect, verdictOf } from './outcomes.ts';
import { hasRedis, type RedisServer, startRedis } from './redis.ts';

describe.skipIf(!hasRedis())('a fleet over a real Redis (skipped if redis-server is not installed)', () => {
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

  it('lets a newcomer have its turn before the rest of a longer list', async () => {
    const prefix = 'turns';
    await using fleet = openFleet(shared(prefix));
    const question = { policies: world.policies, trust: world.trust, policyFor: () => 'release' };
    const order: string[] = [];
    const scan = async (name: string, references: readonly string[]): Promise<void> => {
      for await (const _outcome of fleet.scan(references, { ...question, scan: name })) order.push(name);
    };
    const pinned = world.images.map((image) => image.pinned);
    const long = scan('long', pinned);
    await expect.poll(async () => (await fleet.status()).queues[0]?.waiting).toBe(12);
    const short = scan('short', pinned.slice(0, 1));
    await expect.poll(async () => (await fleet.status()).queues[0]?.waiting).toBe(13);
    await using _worker = startWorker({ ...workerOptions(prefix), concurrency: 1 });
    await Promise.all([long, short]);
    expect(order.indexOf('short')).toBeLessThan(6);
  });
});
