import { openFleet, startWorker } from '@sigtrail/fleet';
import { Queue, QueueEvents, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import type { FleetWorld } from './fleet-world.ts';
import type { RedisServer } from './redis.ts';

/** What one job costs, of processor time, of Redis and of a registry. */
export interface JobCost {
  readonly name: string;
  readonly jobs: number;
  readonly jobsPerSecond: number;
  /** Of asker and worker together, in milliseconds. */
  readonly cpuMs: number;
  readonly redisCommands: number;
  readonly redisCpuMs: number;
  readonly requests: number;
}

/** Jobs that do nothing, by BullMQ alone: what a queue costs. */
export async function bareJobs(server: RedisServer, jobs: number): Promise<JobCost> {
  const connection = { url: server.url };
  const queue = new Queue('bare', { connection });
  const events = new QueueEvents('bare', { connection });
  await Promise.all([queue.waitUntilReady(), events.waitUntilReady()]);
  let done = 0;
  const all = new Promise<void>((resolve) => {
    events.on('completed', () => {
      done += 1;
      if (done === jobs) resolve();
    });
  });
  return measured('bare BullMQ', server, jobs, async () => {
    const worker = new Worker('bare', async () => undefined, { connection, concurrency: 16 });
    await queue.addBulk(
      Array.from({ length: jobs }, (_, index) => ({ name: 'bare', data: { index }, opts: { removeOnComplete: true } })),
    );
    await all;
    await Promise.all([worker.close(), events.close(), queue.close()]);
    return 0;
  });
}

/** The questions of a fleet: `rounds` scans of all images of a world, each with a name of its own. */
export async function fleetJobs(
  name: string,
  server: RedisServer,
  world: FleetWorld,
  rounds: readonly string[],
): Promise<JobCost> {
  const shared = { redis: server.url, key: world.key, prefix: 'cost' };
  const verified = world.images.filter(({ verdict }) => verdict === 'verified');
  return measured(name, server, rounds.length * verified.length, async () => {
    const before = world.registry.requests.length;
    const worker = startWorker({
      ...shared,
      policies: world.policies,
      trust: world.trust,
      listingsMaxAgeMs: 3_600_000,
      // The registry of a bench has no limit.
      limits: { [world.registry.host]: 100_000 },
    });
    const fleet = openFleet(shared);
    for (const scan of rounds) {
      const references = verified.map(({ pinned }) => pinned);
      const question = { scan, policies: world.policies, trust: world.trust, policyFor: () => 'release' };
      for await (const outcome of fleet.scan(references, question))
        if (outcome.report?.verdict !== 'verified') throw new Error(`${outcome.reference} is not verified`);
    }
    await Promise.all([fleet.close(), worker.close()]);
    return world.registry.requests.length - before;
  });
}

async function measured(
  name: string,
  { url }: RedisServer,
  jobs: number,
  work: () => Promise<number>,
): Promise<JobCost> {
  const redis = new Redis(url);
  const read = async () => {
    const info = await redis.info();
    const numberOf = (field: string): number => Number(new RegExp(`^${field}:([\\d.]+)`, 'm').exec(info)?.[1]);
    return {
      commands: numberOf('total_commands_processed'),
      cpuMs: 1000 * (numberOf('used_cpu_user') + numberOf('used_cpu_sys')),
    };
  };
  const [before, cpu, started] = [await read(), process.cpuUsage(), performance.now()];
  const requests = await work();
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const after = await read();
  redis.disconnect();
  return {
    name,
    jobs,
    jobsPerSecond: jobs / seconds,
    cpuMs: (user + system) / 1000 / jobs,
    redisCommands: (after.commands - before.commands) / jobs,
    redisCpuMs: (after.cpuMs - before.cpuMs) / jobs,
    requests: requests / jobs,
  };
}
