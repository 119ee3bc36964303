import { openFleet } from '@sigtrail/fleet';
import { startRedis, type RedisServer } from '../redis.ts';
import { runScale } from '../scale.ts';
import { createThrottledWorld, type ThrottledWorld } from '../throttled-world.ts';
import { startWorkers } from '../worker-fleet.ts';
import { simulateScan } from './scan.ts';
import { NEW_IMAGE } from './sizing.ts';

/** A run that was measured, beside the same one simulated. */
export interface Compared {
  readonly workers: number;
  readonly measured: { readonly seconds: number; readonly requests: number };
  readonly simulated: { readonly seconds: number; readonly requests: number };
}

/** So few requests a second that the processor of a busy machine is not what the run measures. */
const PER_SECOND = 20;
const IMAGES = 60;
const SEEDS = 20;

/** Runs a small scan with 1, 2 and 4 worker processes over a real Redis, and simulates it with the speed that this machine has now. */
export async function compareSmallRuns(): Promise<readonly Compared[]> {
  const throttled = await createThrottledWorld(IMAGES, 10 * IMAGES, PER_SECOND);
  const redis = await startRedis();
  try {
    const compared: Compared[] = [];
    for (const workers of [1, 2, 4]) {
      const machine = await measureMachine(redis, throttled, workers);
      const measured = await runScale(redis, throttled, {
        name: `${String(workers)} compared`,
        workers,
        shards: workers,
      });
      if (measured.wrong > 0 || measured.outcomes !== 10 * IMAGES) throw new Error('the measured run went wrong');
      const scan = { workers, images: IMAGES, perSecond: PER_SECOND, cores: 2, ...machine };
      compared.push({ workers, measured, simulated: simulateScan(scan, SEEDS) });
    }
    return compared;
  } finally {
    await redis.stop();
    await throttled.close();
  }
}

/** The costs of a question on this machine, as slow as it is now. */
async function measureMachine(
  redis: RedisServer,
  { world, references }: ThrottledWorld,
  workers: number,
): Promise<{ readonly cpuMs: number; readonly redisMs: number; readonly startMs: number }> {
  const slow = slowness();
  const shared = { redis: redis.url, key: world.key, prefix: `first-${String(workers)}`, shards: 1 };
  const order = { trust: world.trustJson, policies: world.policies, lockMs: 30_000, skewMs: 0 };
  const fleetOfOne = await startWorkers({ ...shared, ...order, key: Buffer.from(world.key).toString('base64') }, 1);
  const fleet = openFleet(shared);
  const question = { policies: world.policies, trust: world.trust, policyFor: () => 'release' };
  const started = performance.now();
  for await (const _outcome of fleet.scan(references.slice(0, 1), { ...question, scan: 'first' }));
  const startMs = performance.now() - started;
  await fleetOfOne.stop();
  await fleet.close();
  return { cpuMs: slow * NEW_IMAGE.cpuMs, redisMs: slow * NEW_IMAGE.redisMs, startMs };
}

/** How much longer work takes than the processor time that it uses: others use the machine, too. */
function slowness(): number {
  const [cpu, started] = [process.cpuUsage(), performance.now()];
  let spent = 0;
  while (spent < 200) {
    const { user, system } = process.cpuUsage(cpu);
    spent = (user + system) / 1000;
  }
  return (performance.now() - started) / spent;
}
