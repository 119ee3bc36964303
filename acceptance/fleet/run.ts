import { setTimeout as sleep } from 'node:timers/promises';
import { startRedis } from './redis.ts';
import { runScale, type ScaleResult, type ScaleRun } from './scale.ts';
import { createThrottledWorld } from './throttled-world.ts';

// The run behind the figures in docs/fleet.md: `pnpm -s run fleet [REFERENCES IMAGES]`.
const [count = 10_000, images = 300] = process.argv.slice(2).map(Number);
const PER_SECOND = 50;

const throttled = await createThrottledWorld(images, count, PER_SECOND);
console.log(
  `${count} references, ${images} images, ${PER_SECOND} requests/s, 1 % faults; one process without them: ${throttled.fewest} requests`,
);

let [passed, failed] = [0, 0];
const holds = (what: string, isTrue: boolean): void => {
  if (isTrue) passed += 1;
  else failed += 1;
  if (!isTrue) console.log(`FAIL  ${what}`);
};

const redis = await startRedis();
const runs: readonly ScaleRun[] = [
  ...[1, 2, 4].map((workers) => ({ name: `${String(workers)} workers`, workers, shards: workers })),
  { name: 'skewed clocks', workers: 2, shards: 1, skews: [0, 300_000, -300_000] },
  { name: 'kill -9 every 2 s', workers: 4, shards: 2, lockMs: 5000, trouble: killEach2s },
  { name: 'Redis dies twice, stops 20 s', workers: 2, shards: 2, lockMs: 5000, trouble: troubleRedis },
];
for (const run of runs) {
  const result = await runScale(redis, throttled, run);
  print(result);
  holds(`${run.name}: an outcome for each reference`, result.outcomes === count);
  holds(`${run.name}: the verdicts of one process`, result.wrong === 0);
  holds(`${run.name}: no dead letters`, result.deadLetters === 0);
  if (run.trouble !== undefined) continue;
  // Faults are 1 %, and each costs a request more.
  holds(`${run.name}: at most 1.1 times the requests of one process`, result.requests <= 1.1 * throttled.fewest);
}
await redis.stop();
await throttled.close();
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

function print({ name, seconds, outcomes, wrong, requests, throttled: late, rediscovered, kills }: ScaleResult): void {
  console.log(
    `${name.padEnd(30)} ${seconds.toFixed(1).padStart(6)} s  ${String(outcomes)} outcomes, ${String(wrong)} wrong, ${String(requests)} requests (${(requests / throttled.fewest).toFixed(3)} of the fewest) and ${String(late)} throttled, ${String(rediscovered)} discovered again, ${String(kills)} kills`,
  );
}

async function killEach2s(kill: () => Promise<void>, signal: AbortSignal): Promise<number> {
  let kills = 0;
  // A minute of it: a worker that starts on a busy machine takes as long as it lives.
  while (!signal.aborted && kills < 30) {
    await sleep(2000);
    if (signal.aborted) break;
    await kill();
    kills += 1;
  }
  return kills;
}

async function troubleRedis(_kill: () => Promise<void>, signal: AbortSignal): Promise<number> {
  await sleep(4000);
  await redis.crash();
  await sleep(4000);
  process.kill(redis.pid(), 'SIGSTOP');
  await sleep(20_000);
  process.kill(redis.pid(), 'SIGCONT');
  await sleep(2000);
  if (!signal.aborted) await redis.crash();
  return 2;
}
