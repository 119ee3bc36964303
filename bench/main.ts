// `pnpm bench TOPIC`: measures ours beside others in one run and prints ratios, then `N passed, N failed` (a bound that doesn't hold has failed).
import type { Ratio } from './ratio.ts';

const TOPICS: ReadonlyMap<string, () => Promise<() => AsyncIterable<Ratio>>> = new Map([
  ['verify', async () => (await import('./verify.ts')).benchVerify],
  ['oci', async () => (await import('./oci.ts')).benchOci],
  ['rekor', async () => (await import('./rekor.ts')).benchRekor],
  ['import', async () => (await import('./import.ts')).benchImport],
]);

async function print(ratios: AsyncIterable<Ratio>): Promise<number> {
  let passed = 0;
  let failed = 0;
  for await (const { name, detail, ratio, atMost, skipped } of ratios) {
    if (skipped !== undefined) {
      console.log(`skip ${name}: ${skipped}`);
      continue;
    }
    const holds = atMost === undefined || ratio <= atMost;
    console.log(
      `${holds ? 'ok  ' : 'FAIL'} ${name}: ${ratio.toFixed(2)}×${atMost === undefined ? '' : ` (at most ${atMost})`} · ${detail}`,
    );
    if (holds) passed++;
    else failed++;
  }
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0 ? 0 : 1;
}

const [topic = '', ...rest] = process.argv.slice(2);
const load = rest.length === 0 ? TOPICS.get(topic) : undefined;
if (load === undefined) {
  console.error(`usage: bench TOPIC, where TOPIC is one of: ${[...TOPICS.keys()].join(', ')}`);
  process.exitCode = 2;
} else process.exitCode = await print((await load())());
