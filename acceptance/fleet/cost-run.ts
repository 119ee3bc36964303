import { bareJobs, fleetJobs, type JobCost } from './cost.ts';
import { createWorld } from './fleet-world.ts';
import { startRedis } from './redis.ts';

// What one job costs, compared with a job that does nothing: `node … acceptance/fleet/cost-run.ts [IMAGES ROUNDS]`.
const [images = 120, rounds = 10] = process.argv.slice(2).map(Number);
const [redis, world] = await Promise.all([startRedis(), createWorld(images)]);
const names = Array.from({ length: rounds }, (_, index) => `seen ${String(index)}`);

// The first of each loads the code.
await bareJobs(redis, 50);
const bare = await bareJobs(redis, 2000);
const fresh = await fleetJobs('new image', redis, world, ['new']);
const seen = await fleetJobs('image seen before', redis, world, names);
for (const cost of [bare, fresh, seen]) print(cost);
await Promise.all([redis.stop(), world.registry.close()]);

function print({ name, jobs, jobsPerSecond, cpuMs, redisCommands, redisCpuMs, requests }: JobCost): void {
  console.log(
    `| ${name} | ${String(jobs)} | ${jobsPerSecond.toFixed(0)} | ${cpuMs.toFixed(2)} ms | ${redisCommands.toFixed(1)} | ${redisCpuMs.toFixed(3)} ms | ${requests.toFixed(1)} |`,
  );
}
