import { type Fleet, openFleet, type ScanOptions, startWorker, type WorkerOptions } from '@sigtrail/fleet';
import { Queue, QueueEvents } from 'bullmq';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createWorld, type FleetWorld } from './fleet-world.ts';
import { collect, verdictOf } from './outcomes.ts';
import { hasRedis, type RedisServer, startRedis } from './redis.ts';

describe.skipIf(!hasRedis())('a fleet that fails (skipped if redis-server is not installed)', () => {
  let server: RedisServer;
  let world: FleetWorld;
  let redis: Redis;
  beforeAll(async () => {
    [server, world] = await Promise.all([startRedis(), createWorld(9)]);
    redis = new Redis(server.url);
  });
  afterAll(async () => {
    redis.disconnect();
    await Promise.all([server.stop(), world.registry.close()]);
  });
  let prefix = '';
  let count = 0;
  beforeEach(() => {
    count += 1;
    prefix = `failing-${String(count)}`;
  });

  const shared = () => ({ redis: server.url, key: world.key, prefix });
  const workerOptions = (other: Partial<WorkerOptions> = {}): WorkerOptions => ({
    ...shared(),
    policies: world.policies,
    trust: world.trust,
    ...other,
  });
  const question = (scan: string, other: Partial<ScanOptions> = {}): ScanOptions => ({
    scan,
    policies: world.policies,
    trust: world.trust,
    policyFor: () => 'release',
    lookAgainMs: 100,
    ...other,
  });
  const signed = (): string => world.images.find(({ verdict }) => verdict === 'verified')?.pinned ?? '';
  const ask = async (fleet: Fleet, reference: string, options: ScanOptions): Promise<string> =>
    verdictOf((await collect(fleet.scan([reference], options)))[0]);

  it('tries again what a registry could not answer, and not before the registry wants it', async () => {
    await using fleet = openFleet(shared());
    await using _worker = startWorker(workerOptions({ registry: { retries: 0 } }));
    const fault = world.registry.fail({
      route: 'referrers',
      times: 2,
      fault: { kind: 'status', status: 503, retryAfter: 1 },
    });
    const started = performance.now();
    expect(await ask(fleet, signed(), question('only'))).toBe('verified');
    expect(fault.hits).toBe(2);
    expect(performance.now() - started).toBeGreaterThan(1000);
  });

  it('reads again at a later try what an earlier one had read, unless that leads to verified', async () => {
    await using fleet = openFleet(shared());
    await using _worker = startWorker(workerOptions({ registry: { retries: 0 } }));
    // Signed by somebody else: a list of signatures that another try has read must not be why it is rejected.
    const other = world.images[4]?.pinned ?? '';
    for (const [reference, verdict, reads] of [
      [signed(), 'verified', 1],
      [other, 'rejected', 2],
    ] as const) {
      const before = world.registry.requests.length;
      world.registry.fail({ route: 'fallback-tag', times: 1, fault: { kind: 'status', status: 503, retryAfter: 0 } });
      expect(await ask(fleet, reference, question('only'))).toBe(verdict);
      const digest = reference.split('@')[1] ?? '';
      const lists = world.registry.requests
        .slice(before)
        .filter(({ route, path, status }) => route === 'referrers' && status === 200 && path.includes(digest));
      expect(lists.length).toBe(reads);
    }
  });

  it('sets aside what can’t be read after all tries, and keeps the whole report for a later question', async () => {
    await using fleet = openFleet(shared());
    await using _worker = startWorker(workerOptions({ registry: { retries: 0 } }));
    const fault = world.registry.fail({ route: 'referrers', fault: { kind: 'status', status: 500 } });
    try {
      expect(await ask(fleet, signed(), question('only', { tries: 2 }))).toBe('indeterminate');
      const [letter] = await fleet.deadLetters();
      expect(letter).toMatchObject({
        question: { scan: 'only', reference: signed() },
        answer: {
          kind: 'report',
          report: { verdict: 'indeterminate', locations: expect.any(Array), transcript: expect.any(Array) },
        },
      });
      const before = world.registry.requests.length;
      expect(await ask(fleet, signed(), question('only', { tries: 2 }))).toBe('indeterminate');
      expect(world.registry.requests.length).toBe(before);
    } finally {
      fault.clear();
    }
    expect(await ask(fleet, signed(), question('another', { tries: 2 }))).toBe('verified');
  });

  it('says of an image that is not there what one process says', async () => {
    await using fleet = openFleet(shared());
    await using _worker = startWorker(workerOptions());
    const absent = `${world.registry.host}/acme/app0:nothing`;
    const [outcome] = await collect(fleet.scan([absent], question('only')));
    expect(outcome).toMatchObject({
      kind: 'report',
      report: { verdict: 'indeterminate', problems: [{ code: 'image-not-found' }] },
    });
  });

  it.each([
    ['a malformed reference', 'acme app', 'invalid-reference'],
    ['an image without a policy', 'other.test/app:1', 'no-policy'],
  ])('answers for %s without a job', async (_, reference, code) => {
    await using fleet = openFleet(shared());
    const policyFor: ScanOptions['policyFor'] = ({ registry }) => (registry === 'other.test' ? undefined : 'release');
    expect(await ask(fleet, reference, question('only', { policyFor }))).toBe(code);
  });

  it('leaves a question to the worker that has its policy, while an old one runs beside it', async () => {
    await using fleet = openFleet(shared());
    const old = { release: { signedBy: { issuer: 'https://accounts.google.com', subject: 'somebody@else.test' } } };
    await using _old = startWorker(workerOptions({ policies: old, concurrency: 50 }));
    const references = world.images.map(({ pinned }) => pinned);
    const answering = collect(fleet.scan(references, question('only')));
    await expect.poll(async () => (await fleet.status()).queues[0]?.delayed).toBeGreaterThan(0);
    await using _new = startWorker(workerOptions({ concurrency: 4 }));
    const outcomes = await answering;
    for (const { pinned, verdict } of world.images)
      expect(verdictOf(outcomes.find(({ reference }) => reference === pinned))).toBe(verdict);
  });

  it('ends a worker within its time of grace where Redis is gone', async () => {
    const gone = await startRedis();
    const warnings: string[] = [];
    const onWarning = (message: string): number => warnings.push(message);
    const worker = startWorker(workerOptions({ redis: gone.url, shards: 2, onWarning }));
    await worker.ready();
    await gone.stop();
    const started = performance.now();
    await worker.close({ graceMs: 500 });
    expect(performance.now() - started).toBeLessThan(5000);
    expect(warnings).toContain('the worker ends without Redis: other workers get its jobs when its locks end');
  });

  it('leaves a question to the worker with its account', async () => {
    await using fleet = openFleet(shared());
    const answering = ask(fleet, signed(), question('only', { account: 'other' }));
    await using _anonymous = startWorker(workerOptions());
    await expect.poll(async () => (await fleet.status()).queues[0]?.delayed).toBe(1);
    await using _other = startWorker(workerOptions({ account: 'other' }));
    expect(await answering).toBe('verified');
  });

  it('takes no answer to another account, wherever Redis puts it', async () => {
    const warnings: string[] = [];
    await using fleet = openFleet({ ...shared(), onWarning: (message) => warnings.push(message) });
    {
      await using _other = startWorker(workerOptions({ account: 'other' }));
      expect(await ask(fleet, signed(), question('only', { account: 'other' }))).toBe('verified');
    }
    const answering = ask(fleet, signed(), question('only'));
    await expect.poll(async () => (await redis.keys(`{${prefix}:0}:verify:q*`)).length).toBe(1);
    const jobId = (await redis.keys(`{${prefix}:0}:verify:q*`))[0]?.split(':').at(-1) ?? '';
    const [answer = ''] = await redis.keys(`{${prefix}:0}:answer:*`);
    await redis.rename(answer, `{${prefix}:0}:answer:${jobId}`);
    const warning = `Redis holds an answer to ${jobId} that no worker of this fleet wrote: it is left out`;
    await expect.poll(() => warnings).toContain(warning);
    await using _worker = startWorker(workerOptions());
    expect(await answering).toBe('verified');
  });

  it.each([2, 4])('leaves a job of version %i to a worker that knows it', async (version) => {
    await using fleet = openFleet(shared());
    const queue = new Queue('verify', { connection: redis, prefix: `{${prefix}:0}` });
    await queue.add('verify', { version, whatever: 'is in it' }, { jobId: 'q-later' });
    await using _worker = startWorker(workerOptions());
    await expect.poll(async () => (await fleet.status()).queues[0]?.delayed).toBe(1);
    expect(await fleet.deadLetters()).toEqual([]);
    await queue.close();
  });

  it('sets a job of a later version aside if Redis spoiled the time of its question', async () => {
    await using fleet = openFleet(shared());
    const queue = new Queue('verify', { connection: redis, prefix: `{${prefix}:0}` });
    await queue.add('verify', { version: 4, whatever: 'is in it' }, { jobId: 'q-timeless' });
    await redis.hset(queue.toKey('q-timeless'), 'timestamp', 'long ago');
    await using _worker = startWorker(workerOptions());
    await expect.poll(async () => (await fleet.status()).queues[0]?.failed).toBe(1);
    await queue.close();
  });

  it('goes on with a scan whose asker died: what is answered is not asked again', async () => {
    await using fleet = openFleet(shared());
    await using _worker = startWorker(workerOptions());
    const references = world.images.map(({ pinned }) => pinned);
    const events = new QueueEvents('verify', { connection: { url: server.url }, prefix: `{${prefix}:0}` });
    await events.waitUntilReady();
    let left = references.length;
    const allAnswered = new Promise<void>((resolve) => {
      events.on('completed', () => {
        left -= 1;
        if (left === 0) resolve();
      });
    });
    for await (const _outcome of fleet.scan(references, question('only'))) break;
    await allAnswered;
    await events.close();
    const before = world.registry.requests.length;
    const outcomes = await collect(fleet.scan(references, question('only')));
    expect(outcomes.length).toBe(references.length);
    expect(world.registry.requests.length).toBe(before);
  });

  it('asks again what Redis lost', async () => {
    await using fleet = openFleet(shared());
    const references = world.images.map(({ pinned }) => pinned);
    const answering = collect(fleet.scan(references, question('only')));
    await expect.poll(async () => (await fleet.status()).queues[0]?.waiting).toBe(references.length);
    await redis.flushall();
    await using _worker = startWorker(workerOptions());
    expect((await answering).map(verdictOf).toSorted()).toEqual(world.images.map(({ verdict }) => verdict).toSorted());
  });

  it('gives back at its end what it can’t finish within the grace period', async () => {
    await using fleet = openFleet(shared());
    const hanging = world.registry.fail({ route: 'referrers', fault: { kind: 'hang' } });
    const worker = startWorker(workerOptions());
    const answering = ask(fleet, signed(), question('only'));
    await expect.poll(() => hanging.hits).toBeGreaterThan(0);
    const started = performance.now();
    await worker.close({ graceMs: 100 });
    expect(performance.now() - started).toBeLessThan(3000);
    hanging.clear();
    await using _next = startWorker(workerOptions());
    expect(await answering).toBe('verified');
    expect(await fleet.deadLetters()).toEqual([]);
  });

  it('finishes at its end what it can finish within the grace period, and takes nothing further', async () => {
    await using fleet = openFleet(shared());
    const worker = startWorker(workerOptions({ concurrency: 2 }));
    await worker.ready();
    const answered: string[] = [];
    const reading = (async () => {
      for await (const outcome of fleet.scan(
        world.images.map(({ pinned }) => pinned),
        question('only'),
      ))
        answered.push(verdictOf(outcome));
    })();
    await expect.poll(() => answered.length).toBeGreaterThan(0);
    await worker.close({ graceMs: 20_000 });
    const status = await fleet.status();
    expect(status.queues[0]).toMatchObject({ active: 0, failed: 0 });
    await using _next = startWorker(workerOptions());
    await reading;
    expect(answered.toSorted()).toEqual(world.images.map(({ verdict }) => verdict).toSorted());
  });

  it('never makes more of a full Redis than a wait', async () => {
    const full = await startRedis(['--maxmemory', '5mb']);
    const filler = new Redis(full.url);
    try {
      const warnings: string[] = [];
      await using fleet = openFleet({ ...shared(), redis: full.url, onWarning: (message) => warnings.push(message) });
      await using worker = startWorker(workerOptions({ redis: full.url, lockMs: 1000 }));
      await worker.ready();
      await fillUp(filler);
      const answered: string[] = [];
      const references = world.images.map(({ pinned }) => pinned);
      const answering = (async () => {
        for await (const outcome of fleet.scan(references, question('only'))) answered.push(verdictOf(outcome));
      })();
      await expect.poll(() => warnings.filter((warning) => warning.includes('OOM')).length).toBeGreaterThan(2);
      expect(answered).toEqual([]);
      await filler.del(await filler.keys('filler:*'));
      await answering;
      expect(answered.toSorted()).toEqual(world.images.map(({ verdict }) => verdict).toSorted());
    } finally {
      filler.disconnect();
      await full.stop();
    }
  });

  it('ends with the reason of the signal', async () => {
    await using fleet = openFleet(shared());
    const reason = new Error('that is enough');
    const controller = new AbortController();
    const scanning = collect(fleet.scan([signed()], question('only', { signal: controller.signal })));
    controller.abort(reason);
    await expect(scanning).rejects.toBe(reason);
  });
});

/** Writes until nothing fits any more. */
async function fillUp(redis: Redis): Promise<void> {
  let index = 0;
  for (const bytes of [50_000, 1000, 10]) {
    let isFull = false;
    while (!isFull) {
      index += 1;
      isFull = (await redis.set(`filler:${String(index)}`, Buffer.alloc(bytes)).catch(() => 'full')) === 'full';
    }
  }
}
