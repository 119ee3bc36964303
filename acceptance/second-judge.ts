/**
 * Asks `@sigstore/verify` about everything that our own checks accept by themselves: what it accepts, refuses and can't judge. It must refuse
 * nothing. `pnpm -s run second-judge [--mutations N]` ends with `N passed, N failed`; `show second-judge` is the same, with 20,000 mutations.
 */
import { parseArgs } from 'node:util';
import { printFigures } from './show/figure.ts';
import { showSecondJudge } from './show/second-judge.ts';

const { values } = parseArgs({ options: { mutations: { type: 'string', default: '20000' } } });
const mutations = Number(values.mutations);
if (!Number.isSafeInteger(mutations) || mutations < 1) {
  console.error('--mutations must be a number from 1');
  process.exitCode = 2;
} else process.exitCode = await printFigures(showSecondJudge(mutations));
