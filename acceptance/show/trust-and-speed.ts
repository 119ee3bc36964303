import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { createSigstore, startTufRepository } from '@sigtrail/testing';
import { isSigtrailError } from 'sigtrail';
import { tufTrust } from 'sigtrail/trust';
import { benchImport } from '../../bench/import.ts';
import { resultOf } from '../../bench/ratio.ts';
import { benchVerify } from '../../bench/verify.ts';
import { createServices, type Services } from '../../packages/sigtrail/src/establish/services.ts';
import { nothingRemembered } from '../../packages/sigtrail/test/nothing-remembered.ts';
import { comparePaths } from '../../packages/sigtrail/test/mutations/compare-paths.ts';
import { tufAttacks } from '../../packages/sigtrail/test/tuf/attacks.ts';
import { runConformance } from '../conformance/conformance.ts';
import { fixturesIfPresent } from '../fixtures-directory.ts';
import { runLocalStack } from '../local-stack/local-stack.ts';
import { runWildFixtures } from '../real-images/wild-fixtures.ts';
import type { Figure } from './figure.ts';
import { runTrustVariants } from './trust-variants.ts';

const SEED = 20_260_301;

/** Trusted roots, mirrors that attack, and what remembering is worth. */
export async function* trustAndSpeedFigures(): AsyncIterable<Figure> {
  yield await trustVariants();
  yield* tufTable();
  yield* paths();
  yield* ratios();
}

async function trustVariants(): Promise<Figure> {
  const fixtures = fixturesIfPresent();
  if (fixtures === undefined)
    return { name: 'trusted root variants', value: 'the recordings are not there', passed: false };
  const rows = await runTrustVariants(join(fixtures, 'local-stack'));
  const wrong = rows.filter(({ expected, actual }) => expected !== actual);
  const named = wrong.slice(0, 5).map((row) => `${row.case} under ${row.variant} is ${row.actual}`);
  return {
    name: 'trusted root variants',
    value: `${rows.length - wrong.length} of ${rows.length} verdicts as they must be, ${new Set(rows.map((row) => row.variant)).size} variants on ${new Set(rows.map((row) => row.case)).size} cases${named.length === 0 ? '' : `; wrong: ${named.join(', ')}`}`,
    passed: wrong.length === 0 && rows.length > 0,
  };
}

async function* tufTable(): AsyncIterable<Figure> {
  const now = new Date('2026-03-01T12:00:00Z');
  const [document, other] = await Promise.all(
    [1, 2].map(async () => JSON.stringify((await createSigstore({ now })).trustedRoot())),
  );
  if (document === undefined || other === undefined) throw new Error('no documents');
  for (const { name, attack, code } of tufAttacks) {
    await using repository = await startTufRepository(now);
    repository.publish(document);
    attack(repository, other, now);
    let outcome = 'trusted';
    try {
      await tufTrust({ mirror: repository.mirror, root: repository.root })(now);
    } catch (error) {
      outcome = isSigtrailError(error) ? error.code : 'an untyped error';
    }
    yield { name: `TUF, ${name}`, value: outcome, passed: outcome === code };
  }
}

/** What a verifier does (remember answers, use the thread pool) beside what it must agree with: every answer computed on the spot. */
async function* paths(): AsyncIterable<Figure> {
  const fixtures = fixturesIfPresent();
  const runs: readonly (readonly [string, (services: Services) => Promise<readonly object[]>])[] =
    fixtures === undefined
      ? []
      : [
          ['conformance', async (services) => runConformance(join(fixtures, 'conformance'), { services })],
          ['real images', async (services) => runWildFixtures(fixtures, { services })],
          ['local stack', async (services) => (await runLocalStack(fixtures, { services })).rows],
        ];
  if (runs.length === 0)
    yield { name: 'fast path and plain path, fixtures', value: 'they are not there', passed: false };
  for (const [name, run] of runs) {
    const [fast, plain] = [await run(createServices()), await run(nothingRemembered)];
    const equal = fast.filter((row, index) => isDeepStrictEqual(row, plain[index])).length;
    yield {
      name: `fast path and plain path, ${name}`,
      value: `${equal} of ${plain.length} verdicts and codes equal`,
      passed: equal === plain.length && fast.length === plain.length && equal > 0,
    };
  }
  const { compared, accepted, differences } = await comparePaths({ seed: SEED, mutations: 20_000 });
  yield {
    name: 'fast path and plain path, mutations',
    value: `${compared - differences.length} of ${compared} whole reports equal (${accepted} accepted), seed ${SEED}`,
    passed: differences.length === 0,
  };
}

/** The short form of `pnpm bench verify`; a goal missed by more than its tolerance fails. */
async function* ratios(): AsyncIterable<Figure> {
  for (const bench of [benchImport(), benchVerify({ rounds: 6 })])
    for await (const measured of bench) {
      const { name, detail, ratio, atMost, skipped } = measured;
      const result = resultOf(measured);
      yield skipped === undefined
        ? {
            name,
            value: `${ratio.toFixed(2)}×${atMost === undefined ? '' : ` (goal: at most ${atMost}${result === 'over' ? ', missed within the tolerance' : ''})`} · ${detail}`,
            passed: result !== 'failed',
          }
        : // What was not measured has not been shown.
          { name, value: `not measured: ${skipped}`, passed: false };
    }
}
