/**
 * `pnpm -s run differential indexes|chains [COUNT] [SEED]`: compares our answers with those of the programs that people run, over the same input, and ends with
 * `N passed, N failed`.
 */
import { compareChains } from './differential/chains/compare.ts';
import { linkedClients } from './differential/indexes/clients.ts';
import { compareIndexes } from './differential/indexes/compare.ts';

const RUNS: Readonly<
  Record<string, (count: number, seed: number) => Promise<readonly [passed: number, failed: number]>>
> = {
  indexes: async (count, seed) => {
    const started = performance.now();
    const { indexes, verified, namedIndex, choices, findings } = await compareIndexes({
      count,
      seed,
      clients: linkedClients,
    });
    for (const { index, ...finding } of findings.slice(0, 5))
      console.log(`FINDING ${JSON.stringify(finding)}\n  ${index.slice(0, 2000)}`);
    for (const [client, times] of choices) console.log(`${String(times).padStart(8)}  choices of ${client}`);
    console.log(
      `${indexes} indexes from seed ${seed}: ${verified} questions verified, ${namedIndex} of them named the index; ${findings.length} choices were not judged (${((performance.now() - started) / indexes).toFixed(1)} ms each)`,
    );
    const wrong = new Set(findings.map((finding) => finding.seed)).size;
    return [indexes - wrong, wrong];
  },
  chains: async (count, seed) => {
    const started = performance.now();
    const { chains, acceptedByGo, accepted, stricter, findings } = await compareChains({ count, seed });
    for (const finding of findings.slice(0, 20)) console.log(`FINDING ${JSON.stringify(finding)}`);
    for (const [code, times] of [...stricter].sort((a, b) => b[1] - a[1]))
      console.log(`${String(times).padStart(8)}  only Go accepts: ${code}`);
    for (const [delivered, times] of accepted)
      console.log(`${String(times).padStart(8)}  accepted, with the chain ${delivered}`);
    console.log(
      `${chains} chains from seed ${seed}: Go accepts ${acceptedByGo}; ${findings.length} times we accept what Go refuses (${((performance.now() - started) / chains).toFixed(1)} ms each)`,
    );
    const wrong = new Set(findings.map((finding) => finding.seed)).size;
    return [chains - wrong, wrong];
  },
};

const [topic = '', count = '300', seed = '1'] = process.argv.slice(2);
const run = RUNS[topic];
if (run === undefined || !(Number(count) > 0)) {
  console.error(`usage: differential TOPIC [COUNT] [SEED], where TOPIC is one of: ${Object.keys(RUNS).join(', ')}`);
  process.exitCode = 2;
} else {
  const [passed, failed] = await run(Number(count), Number(seed));
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}
