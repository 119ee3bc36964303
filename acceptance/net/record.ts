import { join } from 'node:path';
import {
  ATTACKS,
  type AttackOutcome,
  type CandidateReport,
  createSpecimens,
  createWorld,
  eachLine,
  fixturesDirectory,
  type JudgedMutation,
  type Report,
  runConformance,
  runLocalStack,
  runMutations,
  runPublishedBundles,
  runWildFixtures,
} from './engine.ts';
import { keptSpecimens } from './kept-specimens.ts';
import { type Line, toLine } from './line.ts';

/** How many mutations a full run tries. */
export const ALL_MUTATIONS = 20_000;

const SEED = 1;

type RecordPart = (add: (line: Line) => void, mutations: number) => Promise<void>;

/** What is recorded, part by part; the names of a part's lines start with its name and a slash. */
export const PARTS: Readonly<Record<string, RecordPart>> = {
  conformance: async (add) => {
    await runConformance(join(fixturesDirectory(), 'conformance'), {}, ({ name, mode, actual, code }, candidates) =>
      add(toLine(`conformance/${name}/${mode}`, actual, code, candidates)),
    );
  },
  wild: async (add) => {
    await runWildFixtures(fixturesDirectory(), {}, ({ fixture, run, through, actual, code }, candidates) =>
      add(toLine(`wild/${fixture}/${unnamed(run)}/${through}`, actual, code, candidates)),
    );
  },
  published: async (add) => {
    await runPublishedBundles(fixturesDirectory(), {}, ({ bundle, run, actual, codes }, candidates) =>
      add(toLine(`published/${bundle}/${run}`, actual, codes.join(' '), candidates)),
    );
  },
  'local-stack': async (add) => {
    await runLocalStack(fixturesDirectory(), {}, ({ case: name, run, source, by, actual, code }, candidates) =>
      add(toLine(`local-stack/${name}/${run}/${source}/${by}`, actual, code, candidates)),
    );
  },
  commands: async (add) => {
    await eachLine(join(fixturesDirectory(), 'local-stack'), async ({ name }, { label, tool, args }, ask) => {
      const { code, stdout } = await ask(['--output', 'json']);
      add(commandLine(`commands/${name}/${label}/${tool} ${args[0]}`, code, stdout));
    });
  },
  attacks: async (add) => {
    const world = await createWorld();
    for (const { row, attack, attacked, honest } of ATTACKS) {
      add(attackLine(`attacks/${row}/${attack}/attacked`, await attacked(world)));
      add(attackLine(`attacks/${row}/${attack}/honest`, await honest(world)));
    }
  },
  mutations: async (add, mutations) => {
    const specimens = await createSpecimens(keptSpecimens());
    await runMutations({ seed: SEED, mutations, specimens, observe: (judged) => add(mutationLine(judged)) });
  },
};

/** Real signers are people, so their names stay out of the baseline. */
function unnamed(run: string): string {
  return run.includes('@') ? 'its signer' : run;
}

/** Which mutation a line is of, counted from 0; `undefined` of all other lines. */
export function mutationOf(line: Line): number | undefined {
  const number = /^mutations\/(\d+) /.exec(line)?.[1];
  return number === undefined ? undefined : Number(number);
}

/** Of a command that printed no report, only how it ended. */
function commandLine(name: string, exitCode: number, stdout: string): Line {
  const ended = `exit ${exitCode}`;
  if (!stdout.startsWith('{')) return toLine(name, ended, '', []);
  const report = JSON.parse(stdout) as Report;
  const { verdict, problems } = report;
  const because = [
    ...(report.verdict === 'rejected' ? [report.reason] : []),
    ...problems.map(({ code }) => code).toSorted(),
  ];
  return toLine(name, `${ended} ${verdict}`, because.join(' '), candidatesOf(report));
}

function candidatesOf(report: Report): readonly CandidateReport[] {
  const platforms = report.kind === 'platforms' ? report.platforms : [];
  return [...report.candidates, ...platforms.flatMap((one) => one.report.candidates)];
}

function attackLine(name: string, { accepted, codes, candidates }: AttackOutcome): Line {
  return toLine(name, accepted ? 'accepted' : 'refused', [...new Set(codes)].toSorted().join(' '), candidates);
}

function mutationLine({ number, specimen, outcome }: JudgedMutation): Line {
  const name = `mutations/${String(number).padStart(5, '0')} ${specimen}`;
  if (outcome === undefined) return toLine(name, 'threw', '', []);
  const accepted = 'accepted' in outcome;
  const { checks } = outcome;
  return toLine(
    name,
    accepted ? 'accepted' : 'refused',
    accepted ? '' : outcome.code,
    checks.length === 0 ? [] : [{ accepted, checks }],
  );
}
