import { isDeepStrictEqual } from 'node:util';
import type { Report } from '../report/any-report.ts';
import type { CandidateReport, ReplayNote } from '../report/report.ts';
import { SECOND_JUDGE_OFF } from '../second-judge/switched-off.ts';
import type { Capsule } from './capsule.ts';

/** Both judges, in the versions installed here. */
export type Judges = readonly [
  { readonly name: string; readonly version: string },
  { readonly name: string; readonly version: string },
];

/** How the caller's own input compares with the capsule's claims. */
export type Held = Pick<ReplayNote, 'trust' | 'policy' | 'deny' | 'clock'>;

/** The report of a replay, which says that it is one and how it compares with the report in the capsule. */
export function withNote<R extends Report>(
  report: R,
  capsule: Capsule,
  {
    judges: [own, second],
    held,
    secondJudge,
    isOtherClock,
  }: {
    readonly judges: Judges;
    readonly held: Held;
    readonly secondJudge: 'on' | 'off';
    readonly isOtherClock: boolean;
  },
): R & { readonly replay: ReplayNote } {
  const { engine } = capsule;
  // Where only one side asked the second judge, its answers can't be compared. What came of them is: a refusal changes the verdict.
  const leaveOut = secondJudge !== capsule.secondJudge;
  const agrees = isDeepStrictEqual(comparable(report, leaveOut), comparable(capsule.report, leaveOut));
  const judges = [
    { ...own, recorded: engine.version },
    { ...second, recorded: capsule.secondJudge === 'off' ? 'off' : engine.secondJudge.version },
  ];
  const replay: ReplayNote = {
    agrees,
    ...(agrees ? {} : { because: whatDiffers(held, isOtherClock) ?? whyOther(report, capsule.report, judges) }),
    ...held,
    asked: { ...capsule.asked.options },
    judges,
  };
  return { ...report, replay };
}

/** The capsule says where trust came from and how old its snapshot is; the digest shows that the trust is the same. */
function comparable(report: Report, withoutSecondJudge: boolean): unknown {
  const plain = JSON.parse(JSON.stringify(report)) as Mutable;
  for (const one of [plain, ...(plain.platforms ?? []).map((platform) => platform.report)]) {
    delete one.replay;
    one.trust = { digest: one.trust?.digest };
    if (withoutSecondJudge) one.relaxations = one.relaxations?.filter((relaxation) => relaxation !== SECOND_JUDGE_OFF);
    for (const candidate of one.candidates ?? []) {
      delete candidate.missingFromSnapshot;
      if (!withoutSecondJudge) continue;
      delete candidate.secondJudge;
      candidate.checks = candidate.checks?.filter(({ check }) => check !== 'second-judge');
    }
  }
  return plain;
}

/** What the caller gave that differs from the capsule. */
function whatDiffers({ policy, trust, deny }: Held, isOtherClock: boolean): string | undefined {
  const differing = [
    ...(policy === 'other-than-given' ? ['policy'] : []),
    ...(trust === 'other-than-given' ? ['trusted root'] : []),
    ...(deny === 'other-than-given' ? ['deny-list'] : []),
    ...(isOtherClock ? ['clock'] : []),
  ];
  if (differing.length === 0) return undefined;
  return `the ${differing.join(' and the ')} ${differing.length === 1 ? 'differs' : 'differ'}`;
}

interface Mutable {
  replay?: unknown;
  trust?: { digest?: string | undefined };
  relaxations?: string[] | undefined;
  candidates?: { missingFromSnapshot?: unknown; secondJudge?: unknown; checks?: { check: string }[] | undefined }[];
  platforms?: { report: Mutable }[];
}

/** Which judge answers differently, and whether its version changed. */
function whyOther(now: Report, then: Report, judges: ReplayNote['judges']): string {
  const changed = judges.filter(({ version, recorded }) => version !== recorded).map(describe);
  const isSecond =
    isDeepStrictEqual(ownChecks(now), ownChecks(then)) && !isDeepStrictEqual(secondAnswers(now), secondAnswers(then));
  const who = isSecond
    ? 'the second judge answers differently'
    : 'our own checks, or what they rest on, answer differently';
  if (changed.length > 0) return `${who}; ${changed.join(', ')}`;
  return `${who}, although both judges have the versions that the capsule states: the file was changed`;
}

function describe({ name, version, recorded }: ReplayNote['judges'][number]): string {
  return `${name} is ${version}, the capsule says ${recorded}`;
}

function candidatesOf(report: Report): readonly CandidateReport[] {
  return [report, ...(report.kind === 'platforms' ? report.platforms.map((platform) => platform.report) : [])].flatMap(
    ({ candidates }) => candidates,
  );
}

function ownChecks(report: Report): unknown {
  return candidatesOf(report).map(({ id, checks }) => [id, checks.filter(({ check }) => check !== 'second-judge')]);
}

function secondAnswers(report: Report): unknown {
  return candidatesOf(report).map(({ id, secondJudge }) => [id, secondJudge]);
}
