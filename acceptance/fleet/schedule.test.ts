import { openFleet, type FleetOptions } from '@sigtrail/fleet';
import { Queue } from 'bullmq';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasRedis, type RedisServer, startRedis } from './redis.ts';

describe.skipIf(!hasRedis())('a schedule (skipped if redis-server is not installed)', () => {
  let server: RedisServer;
  let redis: Redis;
  beforeAll(async () => {
    server = await startRedis();
    redis = new Redis(server.url);
  });
  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });
  const key = randomBytes(32);
  const options = (more: Partial<FleetOptions> = {}): FleetOptions => ({ redis: server.url, key, ...more });
  const eachSecond = (name: string) => ({ name, cron: '* * * * * *' });

  it('gives each run to one of the askers that hold it, with a name of its own', async () => {
    await using one = openFleet(options());
    await using other = openFleet(options());
    const scans: string[] = [];
    const run = async ({ scan }: { readonly scan: string }): Promise<void> => {
      scans.push(scan);
    };
    await using first = await one.schedule(eachSecond('shared'), run);
    await using _second = await other.schedule(eachSecond('shared'), run);
    await expect.poll(() => scans.length).toBeGreaterThan(2);
    expect(new Set(scans).size).toBe(scans.length);
    expect(first.nextAt()?.getTime()).toBeGreaterThan(Date.now() - 1000);
    expect(scans[0]).toMatch(/^shared \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/);
  });

  it('leaves a run to another asker, under the same name, when its own is told to stop', async () => {
    await using one = openFleet(options());
    await using other = openFleet(options());
    let first = '';
    const schedule = await one.schedule(eachSecond('handed-on'), async ({ scan, signal }) => {
      first = scan;
      if (!signal.aborted) await once(signal, 'abort');
      throw signal.reason;
    });
    await expect.poll(() => first).not.toBe('');
    await schedule.close();
    const scans: string[] = [];
    await using _next = await other.schedule(eachSecond('handed-on'), async ({ scan }) => {
      scans.push(scan);
    });
    await expect.poll(() => scans).toContain(first);
  });

  it('tells of a run that failed, and has the next one nevertheless', async () => {
    const warnings: string[] = [];
    await using fleet = openFleet(options({ onWarning: (message) => warnings.push(message) }));
    let runs = 0;
    await using _schedule = await fleet.schedule(eachSecond('failing'), async () => {
      runs += 1;
      if (runs === 1) throw new Error('the list is gone');
    });
    await expect.poll(() => runs).toBeGreaterThan(1);
    expect(warnings).toEqual([expect.stringMatching(/^schedule failing: the run of .* failed: the list is gone$/)]);
  });

  it('leaves out runs at wrong times, which only a Redis that lies can bring', async () => {
    const warnings: string[] = [];
    await using fleet = openFleet(options({ onWarning: (message) => warnings.push(message) }));
    const scans: string[] = [];
    const yearly = { name: 'yearly', cron: '0 0 1 1 *' };
    await using _schedule = await fleet.schedule(yearly, async ({ scan }) => {
      scans.push(scan);
    });
    const queue = new Queue('yearly', { connection: { url: server.url }, prefix: '{sigtrail:schedules}' });
    const soon = `repeat:yearly:${String(Date.now() + 3_600_000)}`;
    const lately = `repeat:yearly:${String(Date.now() - 1)}`;
    for (const [index, id] of ['repeat:yearly:1700000000000', 'anything', soon, lately].entries()) {
      await queue.add('scan', {}, { jobId: id });
      await expect.poll(() => warnings.length).toBe(index + 1);
    }
    expect(scans).toEqual([]);
    await queue.close();
  });

  it('has no run a second time', async () => {
    const warnings: string[] = [];
    await using fleet = openFleet(options({ onWarning: (message) => warnings.push(message) }));
    const scans: string[] = [];
    await using _schedule = await fleet.schedule(
      { ...eachSecond('again'), cron: '*/2 * * * * *' },
      async ({ scan }) => {
        scans.push(scan);
      },
    );
    await expect.poll(() => scans.length).toBe(1);
    const dueAt = Date.parse(scans[0]?.slice('again '.length) ?? '');
    const queue = new Queue('again', { connection: { url: server.url }, prefix: '{sigtrail:schedules}' });
    await expect.poll(async () => queue.getJob(`repeat:again:${String(dueAt)}`)).toBeUndefined();
    await queue.add('scan', {}, { jobId: `repeat:again:${String(dueAt)}` });
    await expect.poll(() => warnings).toEqual(['schedule again: a run is left out: it has ended before']);
    expect(new Set(scans).size).toBe(scans.length);
    await queue.close();
  });

  it('goes on after a Redis that forgot everything, and says so', async () => {
    const warnings: string[] = [];
    await using fleet = openFleet(options({ onWarning: (message) => warnings.push(message) }));
    let runs = 0;
    await using _schedule = await fleet.schedule({ ...eachSecond('forgotten'), lockMs: 1000 }, async () => {
      runs += 1;
    });
    await expect.poll(() => runs).toBeGreaterThan(0);
    await redis.flushall();
    await expect.poll(() => warnings).toContain('schedule forgotten: Redis had lost it, and has it again');
    const before = runs;
    await expect.poll(() => runs).toBeGreaterThan(before);
  });

  it('warns of a run that no asker has begun, and not of one that another asker has', async () => {
    const warnings: string[] = [];
    await using one = openFleet(options({ onWarning: (message) => warnings.push(message) }));
    await using other = openFleet(options({ onWarning: (message) => warnings.push(message) }));
    let runs = 0;
    const run = async (): Promise<void> => {
      runs += 1;
    };
    await using _first = await one.schedule({ ...eachSecond('watched'), lockMs: 2000 }, run);
    await using _second = await other.schedule({ ...eachSecond('watched'), lockMs: 2000 }, run);
    await expect.poll(() => runs).toBeGreaterThan(3);
    expect(warnings).toEqual([]);
    const queue = new Queue('watched', { connection: { url: server.url }, prefix: '{sigtrail:schedules}' });
    await queue.pause();
    await expect
      .poll(() => warnings)
      .toContainEqual(
        expect.stringMatching(/^schedule watched: no asker had begun the run of .* 2 s after it was due$/),
      );
    await queue.close();
  });

  it('has a run that came due while all askers were away', async () => {
    await using fleet = openFleet(options());
    const first = await fleet.schedule(eachSecond('waiting'), async () => undefined);
    await first.close();
    const queue = new Queue('waiting', { connection: { url: server.url }, prefix: '{sigtrail:schedules}' });
    const next = (await queue.getJobScheduler('waiting'))?.next ?? expect.fail('no run is planned');
    await expect.poll(() => Date.now()).toBeGreaterThan(next);
    const scans: string[] = [];
    await using _second = await fleet.schedule(eachSecond('waiting'), async ({ scan }) => {
      scans.push(scan);
    });
    await expect.poll(() => scans).toContain(`waiting ${new Date(next).toISOString()}`);
    await queue.close();
  });

  it.each([
    [{ name: 'bad', cron: 'at night' }, '"cron" must be the five fields'],
    [{ name: 'bad', cron: '0 3 * *' }, '"cron" must be the five fields'],
    [{ name: 'bad', cron: '' }, '"cron" must be the five fields'],
    [{ name: 'bad', cron: '0 25 * * *' }, '"0 25 * * *" in UTC is no time'],
    [{ name: 'bad', cron: '0 3 * * *', timeZone: 'Mars/Olympus' }, 'in Mars/Olympus is no time'],
    [{ name: 'a:b', cron: '0 3 * * *' }, '"name" must be'],
    [{ name: 'bad' }, '"cron" is required'],
  ])('refuses %j', async (given, message) => {
    await using fleet = openFleet(options());
    await expect(fleet.schedule(given as never, async () => undefined)).rejects.toThrow(message);
  });
});
