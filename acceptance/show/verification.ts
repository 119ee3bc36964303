import { join } from 'node:path';
import { codesInSource, WITHOUT_ROW } from '../../packages/sigtrail/test/each-check/codes.ts';
import { isNeeded, runEachCheck } from '../../packages/sigtrail/test/each-check/run.ts';
import { runMutations } from '../../packages/sigtrail/test/mutations/run.ts';
import { runConformance } from '../conformance/conformance.ts';
import { fixturesIfPresent } from '../fixtures-directory.ts';
import { runPublishedBundles } from '../published-bundles/published-bundles.ts';
import { FORMATS, KEYS, PROFILES, runKeyMatrix } from '../key-matrix/key-matrix.ts';
import { attacksFigure } from '../attacks/figure.ts';
import type { Figure } from './figure.ts';
import { runRecordedLines } from '../local-stack/recorded-lines.ts';
import { runReplays } from '../replays/replays.ts';
import { trustAndSpeedFigures } from './trust-and-speed.ts';

/** The verifier's figures. */
export async function* showVerification(): AsyncGenerator<Figure> {
  yield* conformanceFigures();
  yield await recordedLinesFigure();
  yield await publishedBundlesFigure();
  yield await keyMatrixFigure();
  yield await eachCheckFigure();
  yield* trustAndSpeedFigures();
  yield await replaysFigure();
  yield await attacksFigure();
  yield await mutationsFigure();
}

async function* conformanceFigures(): AsyncGenerator<Figure> {
  const fixtures = fixturesIfPresent();
  const results = fixtures === undefined ? [] : await runConformance(join(fixtures, 'conformance'));
  for (const mode of ['file', 'digest'] as const) {
    const cases = results.filter((one) => one.mode === mode);
    const right = cases.filter(({ code, expectedCode }) => code === expectedCode).length;
    yield {
      name: `sigstore-conformance by ${mode}, each refusal for its own reason`,
      value: fixtures === undefined ? 'the cases are not there' : `${right} of ${cases.length}`,
      passed: right === cases.length && cases.length >= 70,
    };
  }
}

const MUTATIONS = 20_000;

/** The short form of what `pnpm -s run mutations COUNT SEED` does at any length. */
async function mutationsFigure(): Promise<Figure> {
  const { seed, refused, accepted, findings, mutations } = await runMutations({ seed: 1, mutations: MUTATIONS });
  return {
    name: 'mutations of everything that is signed',
    value: `${mutations} from seed ${seed}: ${refused} refused with a code, ${accepted} accepted that mean the same, ${findings.length} findings`,
    passed: findings.length === 0 && refused + accepted === mutations,
  };
}

async function recordedLinesFigure(): Promise<Figure> {
  const name = 'recorded cosign lines, right policy accepted and every wrong one refused';
  const fixtures = fixturesIfPresent();
  if (fixtures === undefined) return { name, value: 'the recordings are not there', passed: false };
  const { lines, ours, cosign, misses } = await runRecordedLines(join(fixtures, 'local-stack'));
  const value = `${ours} of ${lines}; cosign 3.1.2 as recorded ${cosign}${misses.length === 0 ? '' : `; ${misses.join('; ')}`}`;
  return { name, value, passed: lines > 200 && ours === lines };
}

async function replaysFigure(): Promise<Figure> {
  const name = 'replays, without sockets and files';
  const fixtures = fixturesIfPresent();
  if (fixtures === undefined) return { name, value: 'the recordings are not there', passed: false };
  const { capsules, verdicts, wrong } = await runReplays(fixtures);
  const kinds = Object.entries(verdicts).map(([verdict, count]) => `${count} ${verdict}`);
  return {
    name,
    value: `${2 * capsules - wrong.length} of ${2 * capsules} replays agree with the recorded report, of ${capsules} capsules (${kinds.join(', ')}), each with a wrong date and with Date.now throwing${wrong.length === 0 ? '' : `; not: ${wrong.slice(0, 5).join('; ')}`}`,
    passed: wrong.length === 0 && capsules > 200,
  };
}

/** GitHub's own instance among them: no log, no SCTs, a TSA and a root of its own. */
async function publishedBundlesFigure(): Promise<Figure> {
  const name = 'bundles of GitHub’s CLI and sigstore-js';
  const fixtures = fixturesIfPresent();
  if (fixtures === undefined) return { name, value: 'the recordings are not there', passed: false };
  const rows = await runPublishedBundles(fixtures);
  const wrong = rows.filter(({ pass }) => !pass).map(({ bundle, run, actual }) => `${bundle}, ${run}: ${actual}`);
  const bundles = new Set(rows.map(({ bundle }) => bundle)).size;
  return {
    name,
    value: `${rows.length - wrong.length} of ${rows.length} verdicts as they must be, over ${bundles} bundles${wrong.length === 0 ? '' : `; ${wrong.join('; ')}`}`,
    passed: wrong.length === 0 && rows.length > 0,
  };
}

async function keyMatrixFigure(): Promise<Figure> {
  let cells = 0;
  const wrong: string[] = [];
  for await (const { key, format, profile, right, neighbour, passed } of runKeyMatrix()) {
    cells += 1;
    if (!passed) wrong.push(`${key} · ${format} · ${profile}: ${right}, ${neighbour}`);
  }
  const size = `${cells} cells (${KEYS.length} keys × ${FORMATS.length} formats × ${PROFILES.length} trust profiles)`;
  return {
    name: 'key matrix',
    value:
      wrong.length === 0 ? `${size}: the right one accepted, one bit further refused` : `${size}; ${wrong.join('; ')}`,
    passed: wrong.length === 0 && cells === KEYS.length * FORMATS.length * PROFILES.length,
  };
}

/** The list check → test is in `packages/sigtrail/test/each-check/`; a check whose removal changes nothing is named here. */
async function eachCheckFigure(): Promise<Figure> {
  const checks = codesInSource().filter((code) => WITHOUT_ROW[code] === undefined);
  const needed = new Set<string>();
  const idle: string[] = [];
  let cases = 0;
  for await (const one of runEachCheck()) {
    cases += 1;
    if (isNeeded(one)) needed.add(one.code);
    else idle.push(`${one.code} (${one.what})`);
  }
  const missing = checks.filter((code) => !needed.has(code));
  const problems = [...idle, ...missing];
  return {
    name: 'checks whose removal changes the verdict, with the stock judge off',
    value: `${checks.length - missing.length} of ${checks.length}, by ${cases} cases${problems.length === 0 ? '' : `; ${problems.join('; ')}`}`,
    passed: problems.length === 0 && checks.length > 70,
  };
}
