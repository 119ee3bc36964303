// `pnpm -s run mutations [COUNT] [SEED]`: mutates everything that is signed and prints the outcome, one result for each kind.
import { runMutations } from '../packages/sigtrail/test/mutations/run.ts';

const [count = '20000', seed = '1'] = process.argv.slice(2);
const started = performance.now();
const run = await runMutations({ seed: Number(seed), mutations: Number(count) });
for (const { specimen, seed: at, what, why, text } of run.findings.slice(0, 20))
  console.log(`FINDING ${specimen}, seed ${at}: ${what}\n  ${why}\n  ${text.slice(0, 4000)}`);
for (const [code, times] of run.codes) console.log(`${String(times).padStart(8)}  ${code}`);
console.log(
  `${run.mutations} mutations from seed ${run.seed}: ${run.refused} refused with a code, ${run.accepted} accepted that mean the same, ${run.findings.length} findings (${((performance.now() - started) / run.mutations).toFixed(2)} ms each)`,
);
const failed = run.specimens.filter((name) => run.findings.some(({ specimen }) => specimen === name)).length;
console.log(`${run.specimens.length - failed} passed, ${failed} failed`);
process.exitCode = run.findings.length === 0 ? 0 : 1;
