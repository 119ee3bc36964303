// `pnpm -s run show TOPIC`: measures the figures that this project states about itself, one on each line, then `N passed, N failed`.
import { showAttacks } from './show/attacks.ts';
import { showEndToEnd } from './show/end-to-end.ts';
import { showRegistryClient } from './show/registry-client.ts';
import { showTransparencyLog } from './show/transparency-log.ts';
import { showAttachedArtifacts } from './show/attached-artifacts.ts';
import { showManyImages } from './show/many-images.ts';
import { showPolicy } from './show/policy.ts';
import { showStartUp } from './show/start-up.ts';
import { showVerification } from './show/verification.ts';
import { type Figure, printFigures } from './show/figure.ts';
import { showSecondJudge } from './show/second-judge.ts';

const TOPICS: ReadonlyMap<string, () => AsyncIterable<Figure>> = new Map([
  ['end-to-end', showEndToEnd],
  ['attacks', showAttacks],
  ['policy', showPolicy],
  ['registry-client', showRegistryClient],
  ['transparency-log', showTransparencyLog],
  ['attached-artifacts', showAttachedArtifacts],
  ['verification', showVerification],
  ['second-judge', showSecondJudge],
  ['many-images', showManyImages],
  ['start-up', showStartUp],
]);

const [topic = '', ...rest] = process.argv.slice(2);
const figures = rest.length === 0 ? TOPICS.get(topic) : undefined;
if (figures === undefined) {
  console.error(`usage: show TOPIC, where TOPIC is one of: ${[...TOPICS.keys()].join(', ')}`);
  process.exitCode = 2;
} else process.exitCode = await printFigures(figures());
