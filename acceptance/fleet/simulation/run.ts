import { compareSmallRuns } from './compare.ts';
import { type Load, sizeFor, type Sizing } from './sizing.ts';

// How large a fleet must be: `pnpm -s run simulate`. With `--compare`, small runs are measured first, over a real Redis, and the simulation has to agree with them within 15 %.

const SEED = 1;
const CLOSE = 0.15;

let [passed, failed] = [0, 0];
if (process.argv.includes('--compare')) {
  console.log('| workers | measured | simulated | differ by |\n|---|---|---|---|');
  for (const { workers, measured, simulated } of await compareSmallRuns()) {
    const off = simulated.seconds / measured.seconds - 1;
    const isClose = Math.abs(off) <= CLOSE && Math.abs(simulated.requests / measured.requests - 1) <= CLOSE;
    if (isClose) passed += 1;
    else failed += 1;
    const say = ({ seconds, requests }: { readonly seconds: number; readonly requests: number }): string =>
      `${seconds.toFixed(1)} s, ${requests.toFixed(0)} requests`;
    console.log(`| ${String(workers)} | ${say(measured)} | ${say(simulated)} | ${percent(off)} |`);
  }
  console.log();
}
console.log(
  '| questions a day | of which new | saturated first, then | accounts | workers | Redis | how busy these then are |',
);
console.log('|---|---|---|---|---|---|---|');
for (const questionsADay of [1e5, 1e6, 1e7, 1e8])
  for (const newShare of [0, 0.1, 1]) print({ questionsADay, newShare }, sizeFor({ questionsADay, newShare }, SEED));
if (passed + failed > 0) console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

function print({ questionsADay, newShare }: Load, { accounts, workers, redisNodes, saturated, seen }: Sizing): void {
  const { registries, workers: cores, redis } = seen.busy;
  const exponent = ['⁵', '⁶', '⁷', '⁸'][Math.log10(questionsADay) - 5] ?? '';
  const order = saturated.length === 0 ? 'nothing' : saturated.join(', ');
  console.log(
    `| 10${exponent} | ${percent(newShare)} | ${order} | ${String(accounts)} | ${String(workers)} | ${String(redisNodes)} | ${percent(registries)}, ${percent(cores)}, ${percent(redis)} |`,
  );
}

function percent(share: number): string {
  return `${(100 * share).toFixed(Math.abs(share) < 0.1 && share !== 0 ? 1 : 0)} %`;
}
