// `pnpm bench TOPIC`: compares our code with others' in one run and prints ratios, then `N passed, N failed`. A ratio over its bound fails, unless
// it is within the row's tolerance: then its line begins with `over`, and it counts as passed.
import { type Ratio, resultOf } from './ratio.ts';

const TOPICS: ReadonlyMap<string, () => Promise<() => AsyncIterable<Ratio>>> = new Map([
  ['verify', async () => (await import('./verify.ts')).benchVerify],
  ['oci', async () => (await import('./oci.ts')).benchOci],
  ['rekor', async () => (await import('./rekor.ts')).benchRekor],
  ['import', async () => (await import('./import.ts')).benchImport],
]);

async function print(ratios: AsyncIterable<Ratio>): Promise<number> {
  const counts = { kept: 0, over: 0, failed: 0 };
  for await (const measured of ratios) {
    const { name, detail, ratio, atMost, failsAbove, skipped } = measured;
    if (skipped !== undefined) {
      console.log(`skip ${name}: ${skipped}`);
      continue;
    }
    const result = resultOf(measured);
    const tolerance = failsAbove === undefined ? '' : `, fails above ${failsAbove.toFixed(2)}`;
    const bound = atMost === undefined ? '' : ` (at most ${atMost}${tolerance})`;
    console.log(`${WORDS[result]} ${name}: ${ratio.toFixed(2)}×${bound} · ${detail}`);
    counts[result] += 1;
  }
  const { kept, over, failed } = counts;
  if (over > 0) console.log(`${over} over their bounds, within the tolerance: docs/speed.md says why`);
  const passed = kept + over;
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0 ? 0 : 1;
}

const WORDS = { kept: 'ok  ', over: 'over', failed: 'FAIL' } as const;

const [topic = '', ...rest] = process.argv.slice(2);
const load = rest.length === 0 ? TOPICS.get(topic) : undefined;
if (load === undefined) {
  console.error(`usage: bench TOPIC, where TOPIC is one of: ${[...TOPICS.keys()].join(', ')}`);
  process.exitCode = 2;
} else process.exitCode = await print((await load())());
