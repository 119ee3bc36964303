import { join } from 'node:path';
import type { CandidateReport, Check } from 'sigtrail';
import { runMutations } from '../../packages/sigtrail/test/mutations/run.ts';
import { createSpecimens } from '../../packages/sigtrail/test/mutations/specimens.ts';
import { runConformance } from '../conformance/conformance.ts';
import { runLocalStack } from '../local-stack/local-stack.ts';
import { keptSpecimens } from '../net/kept-specimens.ts';
import type { Observe } from '../observe.ts';
import { runPublishedBundles } from '../published-bundles/published-bundles.ts';
import { runWildFixtures } from '../real-images/wild-fixtures.ts';

/** The second judge's answers about the signatures that our own checks accept. */
export interface Opinions {
  readonly accepted: number;
  readonly notApplicable: number;
  /** Names of what it refuses, with its reason; also of what it was not asked about, which must not happen. */
  readonly refused: readonly string[];
  /** How often it could not judge, by its reason. */
  readonly reasons: ReadonlyMap<string, number>;
}

/** Over which signatures the two judges are compared. */
export const SOURCES = ['conformance', 'published bundles', 'real images', 'local stack', 'mutations'] as const;

/** One of {@link SOURCES}. */
export type Source = (typeof SOURCES)[number];

/**
 * Verifies everything of a source twice: with the second judge off, to know what our own checks accept, and with it on. A judge that is only
 * asked beside ours, and only counted where both agree, would hide what it refuses.
 */
export async function collectOpinions(source: Source, fixtures: string, mutations: number): Promise<Opinions> {
  const [ours, both] = await RUNS[source](fixtures, mutations);
  return countOpinions(ours, both);
}

/** The second judge's check for each signature that our own checks accept, by the same name in both runs. */
export function countOpinions(ours: Accepted, both: ReadonlyMap<string, Check | undefined>): Opinions {
  let accepted = 0;
  const refused: string[] = [];
  const reasons = new Map<string, number>();
  for (const name of ours) {
    const check = both.get(name);
    if (check?.status === 'passed') accepted += 1;
    else if (check?.status === 'skipped') reasons.set(check.message, (reasons.get(check.message) ?? 0) + 1);
    else refused.push(`${name}: ${check?.message ?? 'it was not asked'}`);
  }
  const notApplicable = [...reasons.values()].reduce((sum, count) => sum + count, 0);
  return { accepted, notApplicable, refused, reasons };
}

/** Names of signatures that our own checks accept. */
export type Accepted = ReadonlySet<string>;
type Run = readonly [ours: Accepted, both: ReadonlyMap<string, Check | undefined>];
type Judges = { readonly secondJudge: 'on' | 'off' };

const RUNS: Readonly<Record<Source, (fixtures: string, mutations: number) => Promise<Run>>> = {
  conformance: async (fixtures) =>
    twice(async (judges, add) =>
      runConformance(join(fixtures, 'conformance'), judges, ({ name, mode }, reports) => add([name, mode], reports)),
    ),
  'published bundles': async (fixtures) =>
    twice(async (judges, add) =>
      runPublishedBundles(fixtures, judges, ({ bundle, run }, reports) => add([bundle, run], reports)),
    ),
  'real images': async (fixtures) =>
    twice(async (judges, add) =>
      runWildFixtures(fixtures, judges, ({ fixture, run, through }, reports) => add([fixture, run, through], reports)),
    ),
  'local stack': async (fixtures) =>
    twice(async (judges, add) =>
      runLocalStack(fixtures, judges, ({ case: name, run, source, by }, reports) =>
        add([name, run, source, by], reports),
      ),
    ),
  mutations: async (_, mutations) => mutateTwice(mutations),
};

async function twice(run: (judges: Judges, add: Observe<readonly string[]>) => Promise<unknown>): Promise<Run> {
  const ours = new Set<string>();
  const both = new Map<string, Check | undefined>();
  await run({ secondJudge: 'off' }, (row, reports) => {
    for (const [name, { accepted }] of named(row, reports)) if (accepted) ours.add(name);
  });
  await run({ secondJudge: 'on' }, (row, reports) => {
    for (const [name, { checks }] of named(row, reports)) both.set(name, opinionIn(checks));
  });
  return [ours, both];
}

function named(
  row: readonly string[],
  reports: readonly CandidateReport[],
): readonly (readonly [string, CandidateReport])[] {
  return reports.map((report, index) => [[...row, index].join(' · '), report]);
}

async function mutateTwice(mutations: number): Promise<Run> {
  const minted = keptSpecimens();
  const ours = new Set<string>();
  const both = new Map<string, Check | undefined>();
  await runMutations({
    seed: SEED,
    mutations,
    specimens: await createSpecimens(minted, 'ours'),
    observe: ({ number, specimen, outcome }) => {
      if (outcome !== undefined && 'accepted' in outcome) ours.add(`${specimen} ${number}`);
    },
  });
  await runMutations({
    seed: SEED,
    mutations,
    specimens: await createSpecimens(minted, 'both'),
    observe: ({ number, specimen, outcome }) =>
      void both.set(`${specimen} ${number}`, opinionIn(outcome?.checks ?? [])),
  });
  return [ours, both];
}

const SEED = 1;

function opinionIn(checks: readonly Check[]): Check | undefined {
  return checks.find(({ check }) => check === 'second-judge');
}
