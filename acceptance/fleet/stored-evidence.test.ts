import { createSigstore } from '@sigtrail/testing';
import { openFleet, type ScanOptions, type ScanOutcome, startWorker, type WorkerOptions } from '@sigtrail/fleet';
import { Redis } from 'ioredis';
import { toText } from 'sigtrail/report';
import { type TrustedRoot, trustRoot } from 'sigtrail/trust';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorld, type FleetWorld } from './fleet-world.ts';
import { collect, verdictOf } from './outcomes.ts';
import { hasRedis, type RedisServer, startRedis } from './redis.ts';

// A change of trust: the images are judged again by the new root, from what was stored when their registry was last asked. The registry is stopped.

const HOUR = 3_600_000;

const UNREACHABLE: ScanOptions['registry'] = {
  retries: 0,
  transport: {
    exchange: async () => {
      throw new Error('the registry is out of reach');
    },
  },
};

describe.skipIf(!hasRedis())(
  'images judged again from what is stored (skipped where redis-server is not installed)',
  () => {
    let server: RedisServer;
    let redis: Redis;
    let world: FleetWorld;
    let other: TrustedRoot;
    let requests = 0;
    const scanned = (): readonly string[] => world.images.slice(0, 5).map(({ pinned }) => pinned);
    const policies = (): WorkerOptions['policies'] => ({
      ...world.policies,
      unlessByEve: {
        allOf: [
          world.policies['release'] ?? expect.fail(),
          { not: { signedBy: { issuer: 'https://accounts.google.com', subject: 'eve@evil.test' } } },
        ],
      },
    });
    const workerOptions = (more: Partial<WorkerOptions> = {}): WorkerOptions => ({
      redis: server.url,
      key: world.key,
      policies: policies(),
      trust: world.trust,
      keepEvidenceMs: HOUR,
      ...more,
    });
    const question = (scan: string, more: Partial<ScanOptions> = {}): ScanOptions => ({
      scan,
      policies: policies(),
      trust: world.trust,
      policyFor: () => 'release',
      lookAgainMs: 100,
      from: 'stores',
      ...more,
    });
    beforeAll(async () => {
      [server, world] = await Promise.all([startRedis(), createWorld(6)]);
      redis = new Redis(server.url);
      other = trustRoot.fromJson(JSON.stringify((await createSigstore()).trustedRoot()));
      await using fleet = openFleet({ redis: server.url, key: world.key });
      await using _worker = startWorker(workerOptions());
      await collect(fleet.scan(scanned(), question('nightly', { from: 'registries' })));
      const unlessByEve = { from: 'registries', policyFor: () => 'unlessByEve' } as const;
      const absences = await collect(fleet.scan(scanned().slice(0, 3), question('absence', unlessByEve)));
      expect(new Set(absences.map(verdictOf))).toEqual(new Set(['verified', 'rejected']));
      // An asker that can't resolve a tag leaves that to a worker, which reads the image nevertheless.
      const outcomes = await collect(
        fleet.scan([world.images[0]?.reference ?? ''], question('tag', { from: 'registries', registry: UNREACHABLE })),
      );
      expect(outcomes.map(verdictOf)).toEqual(['verified']);
      requests = world.registry.requests.length;
      await world.registry.close();
    }, 60_000);
    afterAll(async () => {
      redis.disconnect();
      await server.stop();
    });

    async function scan(
      references: readonly string[],
      asked: ScanOptions,
      worker: Partial<WorkerOptions> = {},
    ): Promise<ReadonlyMap<string, ScanOutcome>> {
      await using fleet = openFleet({ redis: server.url, key: world.key });
      await using _worker = startWorker(workerOptions(worker));
      const outcomes = await collect(fleet.scan(references, asked));
      // The registry is gone, and nothing came before it went.
      expect(world.registry.requests.length).toBe(requests);
      expect(await fleet.deadLetters()).toEqual([]);
      return new Map(outcomes.map((outcome) => [outcome.reference, outcome]));
    }

    it('have the same verdicts by the same root', async () => {
      const outcomes = await scan(scanned(), question('same root'));
      for (const { pinned, verdict } of world.images.slice(0, 5)) expect(verdictOf(outcomes.get(pinned))).toBe(verdict);
    });

    it('have the verdicts of a new root if the root changed, and the report says how old its evidence is', async () => {
      const outcomes = await scan(scanned(), question('other root', { trust: other }), { trust: other });
      for (const pinned of scanned()) expect(verdictOf(outcomes.get(pinned))).toBe('rejected');
      const report = outcomes.get(scanned()[0] ?? '')?.report ?? expect.fail();
      expect(report.replay).toMatchObject({ trust: 'other-than-given', policy: 'as-given', clock: 'as-given' });
      expect(report.trust.digest).toBe(other.digest);
      for (const { ageMs } of report.locations) {
        expect(ageMs).toBeGreaterThan(0);
        expect(ageMs).toBeLessThan(HOUR);
      }
      expect(toText(report)).toMatch(/trust as given, NOT THE FILE’S[^]* s old\)/);
    });

    it('are not judged if not everything about them is stored: an image that no scan asked about, and a tag', async () => {
      const [never, tag] = [world.images[5]?.pinned ?? '', world.images[0]?.reference ?? ''];
      const outcomes = await scan([never, tag, ...scanned()], question('not stored'));
      for (const one of [never, tag]) {
        const report = outcomes.get(one)?.report ?? expect.fail();
        expect(report.verdict).toBe('indeterminate');
        expect(report.problems).toMatchObject([{ code: 'not-recorded' }]);
      }
      expect(verdictOf(outcomes.get(scanned()[0] ?? ''))).toBe('verified');
    });

    it('are not verified by a policy that forbids something: it may have come since', async () => {
      const outcomes = await scan(scanned().slice(0, 3), question('absence', { policyFor: () => 'unlessByEve' }));
      for (const { pinned, verdict } of world.images.slice(0, 3))
        expect(verdictOf(outcomes.get(pinned))).toBe(verdict === 'verified' ? 'indeterminate' : 'rejected');
      const { problems } = outcomes.get(scanned()[0] ?? '')?.report ?? expect.fail();
      expect(problems).toMatchObject([{ code: 'not-recorded', message: expect.stringContaining('forbids something') }]);
    });

    it('are found by their digest, whatever tag is written beside it', async () => {
      const { reference, pinned } = world.images[0] ?? expect.fail();
      const both = `${reference}@${pinned.split('@')[1] ?? ''}`;
      const outcomes = await scan([both], question('tag and digest'));
      expect(verdictOf(outcomes.get(both))).toBe('verified');
    });

    it('are not judged by what is older than the worker wants, nor by one that keeps nothing', async () => {
      for (const keepEvidenceMs of [1, 0]) {
        const outcomes = await scan(scanned(), question(`within ${String(keepEvidenceMs)}`), { keepEvidenceMs });
        expect(new Set([...outcomes.values()].map(verdictOf))).toEqual(new Set(['indeterminate']));
      }
    });

    it('are not judged for another account, which may not read them', async () => {
      const outcomes = await scan(scanned(), question('other account', { account: 'other' }), { account: 'other' });
      expect(new Set([...outcomes.values()].map(verdictOf))).toEqual(new Set(['indeterminate']));
    });

    it.each([
      ['records that were exchanged', 'sigtrail:evidence:*'],
      ['bytes that were exchanged', 'sigtrail:bytes:*'],
    ])('are not judged by %s', async (what, pattern) => {
      const keys = await redis.keys(pattern);
      const values = await Promise.all(keys.map(async (key) => (await redis.getBuffer(key)) ?? expect.fail(key)));
      // The same bytes lie under two names: for the readers of a repository, and for the record of its image.
      for (const [index, key] of keys.entries()) {
        const others = [...values.slice(index), ...values].filter((value) => !value.equals(values[index] ?? value));
        await redis.set(key, others[0] ?? expect.fail('everything there is the same'), 'KEEPTTL');
      }
      try {
        const outcomes = await scan(scanned(), question(what));
        expect(new Set([...outcomes.values()].map(verdictOf))).toEqual(new Set(['indeterminate']));
      } finally {
        for (const [index, key] of keys.entries()) await redis.set(key, values[index] ?? expect.fail(key), 'KEEPTTL');
      }
    });
  },
);
