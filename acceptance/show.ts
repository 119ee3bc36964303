// `pnpm -s show TOPIC`: measures what we say of ourselves, one line a figure, then `N passed, N failed`.
import { showEndToEnd } from './show/end-to-end.ts';
import { showRegistryClient } from './show/registry-client.ts';
import { showTransparencyLog } from './show/transparency-log.ts';
import { showAttachedArtifacts } from './show/attached-artifacts.ts';
import { showPolicy } from './show/policy.ts';
import { showVerification } from './show/verification.ts';
import type { Figure } from './show/figure.ts';

const TOPICS: ReadonlyMap<string, () => AsyncIterable<Figure>> = new Map([
  ['end-to-end', showEndToEnd],
  ['policy', showPolicy],
  ['registry-client', showRegistryClient],
  ['transparency-log', showTransparencyLog],
  ['attached-artifacts', showAttachedArtifacts],
  ['verification', showVerification],
]);

async function show(figures: AsyncIterable<Figure>): Promise<number> {
  let passed = 0;
  let failed = 0;
  for await (const figure of figures) {
    console.log(`${figure.passed ? 'ok  ' : 'FAIL'} ${figure.name}: ${figure.value}`);
    if (figure.passed) passed++;
    else failed++;
  }
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0 ? 0 : 1;
}

const [topic = '', ...rest] = process.argv.slice(2);
const figures = rest.length === 0 ? TOPICS.get(topic) : undefined;
if (figures === undefined) {
  console.error(`usage: show TOPIC, where TOPIC is one of: ${[...TOPICS.keys()].join(', ')}`);
  process.exitCode = 2;
} else process.exitCode = await show(figures());
