import { randomBytes } from 'node:crypto';
import { type Fleet, openFleet, type ScanOptions, startWorker, type WorkerOptions } from '@sigtrail/fleet';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorld, type FleetWorld } from './fleet-world.ts';
import { collect, verdictOf } from './outcomes.ts';
import { hasRedis, type RedisServer, startRedis } from './redis.ts';

// Neither Redis nor anyone who can write to it is trusted: they can lose and delay jobs, and change no verdict.

describe.skipIf(!hasRedis())('a fleet whose Redis lies (skipped if redis-server is not installed)', () => {
  let server: RedisServer;
  let world: FleetWorld;
  let redis: Redis;
  beforeAll(async () => {
    [server, world] = await Promise.all([startRedis(), createWorld(6)]);
    redis = new Redis(server.url);
  });
  afterAll(async () => {
    redis.disconnect();
    await Promise.all([server.stop(), world.registry.close()]);
  });

  const shared = (prefix: string) => ({ redis: server.url, key: world.key, prefix });
  const workerOptions = (prefix: string, other: Partial<WorkerOptions> = {}): WorkerOptions => ({
    ...shared(prefix),
    policies: world.policies,
    trust: world.trust,
    ...other,
  });
  const question = (scan: string): ScanOptions => ({
    scan,
    policies: world.policies,
    trust: world.trust,
    policyFor: () => 'release',
    lookAgainMs: 100,
  });
  const unsigned = (): string => world.images.find(({ verdict }) => verdict === 'rejected')?.pinned ?? '';
  const signed = (): string => world.images.find(({ verdict }) => verdict === 'verified')?.pinned ?? '';
  const keysOf = async (pattern: string): Promise<readonly string[]> => redis.keys(pattern);

  async function answerOf(fleet: Fleet, reference: string, scan: string): Promise<string> {
    const [outcome] = await collect(fleet.scan([reference], question(scan)));
    return verdictOf(outcome);
  }

  it('does not take the answer to another question, nor an invented one', async () => {
    const prefix = 'exchange';
    await using fleet = openFleet(shared(prefix));
    await using _worker = startWorker(workerOptions(prefix));
    expect(await answerOf(fleet, signed(), 'first')).toBe('verified');
    const [verified = ''] = await keysOf('*:answer:*');
    const bytes = (await redis.getBuffer(verified)) ?? Buffer.alloc(0);
    // Whatever is asked next finds the verified answer to the first question in its place.
    const poison = setInterval(() => void poisonAnswers(bytes), 1);
    const poisonAnswers = async (planted: Buffer): Promise<void> => {
      for (const key of await keysOf('*verify:q*')) {
        const jobId = key.split(':').at(-1) ?? '';
        await redis.set(`{${prefix}:0}:answer:${jobId}`, planted, 'NX');
      }
    };
    try {
      expect(await answerOf(fleet, unsigned(), 'second')).toBe('rejected');
    } finally {
      clearInterval(poison);
    }
  });

  it('takes an event for no more than news: a job that is said to be done and has no answer is asked about again', async () => {
    const prefix = 'events';
    await using fleet = openFleet(shared(prefix));
    const answering = answerOf(fleet, unsigned(), 'only');
    // No worker runs yet, but a writer to Redis marks the job as completed, with a verdict.
    let keys: readonly string[] = [];
    while (keys.length === 0) keys = (await keysOf(`{${prefix}:0}:verify:q*`)).filter((key) => !key.includes('lock'));
    const jobId = keys[0]?.split(':').at(-1) ?? '';
    await redis.xadd(
      `{${prefix}:0}:verify:events`,
      '*',
      'event',
      'completed',
      'jobId',
      jobId,
      'returnvalue',
      '{"verdict":"verified"}',
    );
    await using _worker = startWorker(workerOptions(prefix));
    expect(await answering).toBe('rejected');
  });

  it('asks a registry nothing that no asker with the key asked, and sets such jobs aside', async () => {
    const prefix = 'jobs';
    await using fleet = openFleet(shared(prefix));
    const queue = new Queue('verify', { connection: redis, prefix: `{${prefix}:0}` });
    const before = world.registry.requests.length;
    await queue.add('verify', { version: 3, reference: signed() }, { jobId: 'q1' });
    await queue.add(
      'verify',
      {
        version: 3,
        account: '',
        scan: 'x',
        reference: signed(),
        policy: { name: 'release', hash: 'x' },
        trust: world.trust.digest,
        seal: 'AAAA',
      },
      { jobId: 'q2' },
    );
    await using _worker = startWorker(workerOptions(prefix));
    await expect.poll(async () => (await fleet.deadLetters()).length).toBe(2);
    expect((await fleet.deadLetters()).map(({ answer }) => answer)).toEqual([
      {
        kind: 'problem',
        problem: { code: 'invalid-job', message: expect.stringMatching(/not written with the key|malformed/) },
      },
      {
        kind: 'problem',
        problem: { code: 'invalid-job', message: expect.stringMatching(/not written with the key|malformed/) },
      },
    ]);
    expect(world.registry.requests.length).toBe(before);
    await queue.close();
  });

  it('does not run a question under the name of another', async () => {
    const prefix = 'renamed';
    await using fleet = openFleet(shared(prefix));
    const outcomes = collect(fleet.scan([signed(), unsigned()], question('both')));
    let jobs: readonly string[] = [];
    while (jobs.length < 2) jobs = (await keysOf(`{${prefix}:0}:verify:q*`)).filter((key) => !key.includes('lock'));
    // The two exchange their questions: each would be answered with the other's verdict.
    const [one = '', other = ''] = jobs;
    const [first, second] = await Promise.all([redis.hget(one, 'data'), redis.hget(other, 'data')]);
    await redis.hset(one, 'data', second ?? '');
    await redis.hset(other, 'data', first ?? '');
    await using _worker = startWorker(workerOptions(prefix));
    expect((await outcomes).map(verdictOf)).toEqual(['invalid-job', 'invalid-job']);
  });

  it('is slower, and right, with bytes and listings that were spoiled', async () => {
    const prefix = 'stores';
    await using fleet = openFleet(shared(prefix));
    const references = world.images.map(({ pinned }) => pinned);
    {
      await using _worker = startWorker(workerOptions(prefix));
      await collect(fleet.scan(references, question('fill')));
    }
    const stored = [...(await keysOf(`${prefix}:bytes:*`)), ...(await keysOf(`${prefix}:listing:*`))];
    expect(stored.length).toBeGreaterThan(6);
    // Each gets the value of its neighbour.
    const values = await Promise.all(stored.map(async (key) => redis.getBuffer(key)));
    for (const [index, key] of stored.entries())
      await redis.set(key, values[(index + 1) % values.length] ?? randomBytes(10));
    await using _worker = startWorker(workerOptions(prefix));
    const outcomes = await collect(fleet.scan(references, question('spoiled')));
    for (const { pinned, verdict } of world.images)
      expect(verdictOf(outcomes.find(({ reference }) => reference === pinned))).toBe(verdict);
  });

  it('asks a registry in a second scan only what is never shared: whether there is still nothing at the other places', async () => {
    const prefix = 'shared';
    await using fleet = openFleet(shared(prefix));
    const verified = world.images.filter(({ verdict }) => verdict === 'verified').map(({ pinned }) => pinned);
    {
      await using _worker = startWorker(workerOptions(prefix));
      await collect(fleet.scan(verified, question('first')));
    }
    const before = world.registry.requests.length;
    await using _worker = startWorker(workerOptions(prefix));
    const outcomes = await collect(fleet.scan(verified, question('second')));
    expect(new Set(outcomes.map(verdictOf))).toEqual(new Set(['verified']));
    const asked = world.registry.requests.slice(before);
    expect(asked.filter(({ status }) => status === 200)).toEqual([]);
  });

  it('tells Redis no credentials, and nothing to try them against', async () => {
    const prefix = 'secrets';
    await using fleet = openFleet(shared(prefix));
    const [username, password] = ['alice-of-acme', 'correct horse battery staple'];
    const registry = { credentials: { username, password } };
    await using _worker = startWorker(workerOptions(prefix, { registry, account: 'acme' }));
    await collect(
      fleet.scan(
        world.images.map(({ reference }) => reference),
        { ...question('only'), registry, account: 'acme' },
      ),
    );
    await redis.save();
    const dump = Buffer.concat(
      await Promise.all(
        (await redis.keys('*')).map(async (key) =>
          Buffer.concat([Buffer.from(key), (await redis.dumpBuffer(key)) ?? Buffer.alloc(0)]),
        ),
      ),
    );
    for (const secret of [
      username,
      password,
      Buffer.from(`${username}:${password}`).toString('base64'),
      Buffer.from(world.key).toString('hex'),
    ])
      expect(dump.includes(secret)).toBe(false);
    expect(dump.includes(Buffer.from(world.key))).toBe(false);
  });

  it('has no worker for an asker with another key', async () => {
    const prefix = 'keys';
    await using fleet = openFleet({ ...shared(prefix), key: randomBytes(32) });
    await using _worker = startWorker(workerOptions(prefix));
    expect(await answerOf(fleet, signed(), 'only')).toBe('invalid-job');
  });
});
