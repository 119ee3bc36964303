import { openFleet } from '@sigtrail/fleet';
import type { RedisServer } from './redis.ts';
import { verdictOf } from './outcomes.ts';
import type { ThrottledWorld } from './throttled-world.ts';
import { startWorkers } from './worker-fleet.ts';

/** The result of a run. */
export interface ScaleResult {
  readonly name: string;
  readonly seconds: number;
  readonly outcomes: number;
  /** References whose outcome is not that of one process. */
  readonly wrong: number;
  readonly requests: number;
  readonly throttled: number;
  /** Images that were looked at more often than by one process: a fault cost the first look. */
  readonly rediscovered: number;
  readonly deadLetters: number;
  readonly kills: number;
}

/** How a run goes. */
export interface ScaleRun {
  readonly name: string;
  readonly workers: number;
  readonly shards: number;
  readonly lockMs?: number;
  readonly skews?: readonly number[];
  /** What the run must survive; it starts and ends with the run. */
  readonly trouble?: (kill: () => Promise<void>, signal: AbortSignal) => Promise<number>;
}

/** Scans all references of a world with worker processes. */
export async function runScale(redis: RedisServer, throttled: ThrottledWorld, run: ScaleRun): Promise<ScaleResult> {
  const { world, references, verdicts, front } = throttled;
  const shared = { redis: redis.url, key: world.key, prefix: run.name.replaceAll(/\W/g, '-'), shards: run.shards };
  world.registry.requests.length = 0;
  const throttledBefore = front.throttled();
  const workers = await startWorkers(
    {
      ...shared,
      key: Buffer.from(world.key).toString('base64'),
      trust: world.trustJson,
      policies: world.policies,
      lockMs: run.lockMs ?? 30_000,
      skewMs: 0,
    },
    run.workers,
    run.skews,
  );
  const fleet = openFleet(shared);
  const over = new AbortController();
  const trouble = run.trouble?.(async () => workers.killOne(), over.signal) ?? Promise.resolve(0);
  const started = performance.now();
  let [outcomes, wrong] = [0, 0];
  for await (const outcome of fleet.scan(references, {
    scan: 'one',
    policies: world.policies,
    trust: world.trust,
    policyFor: () => 'release',
    asOf: new Date(),
    lookAgainMs: 2000,
  })) {
    outcomes += 1;
    if (verdictOf(outcome) !== verdicts.get(outcome.reference)) wrong += 1;
  }
  const seconds = (performance.now() - started) / 1000;
  over.abort();
  const kills = await trouble;
  const dead = await fleet.deadLetters();
  await workers.stop();
  await fleet.close();
  return {
    name: run.name,
    seconds,
    outcomes,
    wrong,
    requests: throttled.requests(),
    throttled: front.throttled() - throttledBefore,
    rediscovered: throttled.discoveredAgain(),
    deadLetters: dead.length,
    kills,
  };
}
