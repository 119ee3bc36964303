import type { Command } from 'commander';
import { type ImagePolicy, isSigtrailError, type PolicyOutcome, type Report } from 'sigtrail';
import { type Replayed, replay } from 'sigtrail/replay';
import {
  AttestationsReportSchema,
  PlatformsReportSchema,
  ReportSchema,
  safeText,
  toSummary,
  toText,
} from 'sigtrail/report';
import type { CommandContext, Surroundings } from '../../command.ts';
import { counted } from '@sigtrail/encoding';
import { type ExitCode, exitCodeOf } from '../../exit-code.ts';
import { toJsonLine } from '../../json-line.ts';
import { isPolicyMap } from '../../is-policy-map.ts';
import { withVerboseFlag } from '../../detail-flags.ts';
import { type OutputFlags, withOutputFlags, writeResult } from '../../output.ts';
import { type MapChoice, policiesOfMap } from '../../policies-of-map.ts';
import { readBytes } from '../../read-input.ts';
import { readPolicyFile } from '../../read-policy-file.ts';
import { collect } from '../../trust-flags.ts';
import { UsageError } from '../../usage-error.ts';

interface Flags extends OutputFlags {
  readonly verbose?: boolean;
  readonly report: readonly string[];
}

/** What a policy says of one recorded image. */
interface Tested {
  readonly file: string;
  readonly report: Replayed;
  /** The rule of a policy map that gives the policy. */
  readonly by?: string;
}

/** What only its own policy was applied to: a report has the result, and not the evidence. */
interface Recorded {
  readonly file: string;
  readonly recorded: Report;
}

/** An image that the map gives no policy. */
interface Untested {
  readonly file: string;
  readonly requested: string;
  readonly choice: Extract<MapChoice, { decision: string }>;
}

/** `sigtrail policy test FILE --report CAPSULE…`: a policy against what `verify --capsule` recorded; of a report, its own result. */
export function addTest(parent: Command, { exit, ...streams }: CommandContext): void {
  withOutputFlags(withVerboseFlag(parent.command('test'), 'the whole report of each image'), ['text', 'json'])
    .description('try a policy on recorded images: which of its rules accepts, which refuses, and why; no network')
    .argument('<file>', 'policy file or policy map, JSON or YAML')
    .argument('[capsule...]', 'more of --report')
    .option(
      '--report <capsule>',
      'file that `verify --capsule` wrote, or a report in JSON, which only has the result of its own policy; repeatable',
      collect,
      [],
    )
    .action(async (file: string, more: readonly string[], flags: Flags) =>
      exit(await test(file, [...flags.report, ...more], flags, streams)),
    );
}

async function test(
  file: string,
  capsules: readonly string[],
  flags: Flags,
  { stdout }: Surroundings,
): Promise<ExitCode> {
  if (capsules.length === 0)
    throw new UsageError('name what to test against: --report CAPSULE, which `sigtrail verify --capsule` writes');
  const choiceFor = await choicesOf(file);
  const all: Result[] = [];
  for (const capsule of capsules) all.push(await testOne(capsule, choiceFor));
  await writeResult(flags.output === 'json' ? all.map(toJson).join('') : testsToText(all, flags), flags, stdout);
  const codes = new Set(all.map(codeFor));
  return ([12, 10, 14, 11] as const).find((code) => codes.has(code)) ?? 0;
}

type Result = Tested | Untested | Recorded;

type ChoiceFor = (requested: () => Promise<string>) => Promise<MapChoice | { readonly policy: ImagePolicy }>;

/** A policy is the same for every image; a policy map has one for each. */
async function choicesOf(file: string): Promise<ChoiceFor> {
  if (await isPolicyMap(file)) {
    const choose = await policiesOfMap(file);
    return async (requested) => choose(await requested());
  }
  const { policy } = await readPolicyFile(file);
  return async () => ({ policy });
}

async function testOne(file: string, choiceFor: ChoiceFor): Promise<Result> {
  const bytes = await readBytes('--report', file);
  const recorded = reportIn(file, bytes);
  if (recorded !== undefined) return { file, recorded };
  const requested = async (): Promise<string> => (await replayed(file, bytes)).requested;
  const choice = await choiceFor(requested);
  if ('decision' in choice) return { file, requested: await requested(), choice };
  const report = await replayed(file, bytes, choice.policy);
  return { file, report, ...('by' in choice ? { by: choice.by } : {}) };
}

function codeFor(one: Result): ExitCode {
  if ('recorded' in one) return 14;
  if ('report' in one) return exitCodeOf(one.report);
  return one.choice.decision === 'refused' ? 12 : 0;
}

async function replayed(file: string, bytes: Uint8Array, policy?: ImagePolicy): Promise<Replayed> {
  try {
    return await replay(bytes, policy === undefined ? {} : { policy });
  } catch (error) {
    if (!isSigtrailError(error) || error.code !== 'invalid-capsule') throw error;
    throw new UsageError(`--report ${file}: ${error.message} [${error.code}]`);
  }
}

/** The report of a file, where it is one: a report has a verdict, a capsule what leads to one. */
function reportIn(file: string, bytes: Uint8Array): Report | undefined {
  const value = jsonIn(bytes);
  if (typeof value !== 'object' || value === null || !('verdict' in value)) return undefined;
  const kind = 'kind' in value ? value.kind : undefined;
  const schema = SCHEMAS.find(([name]) => name === kind)?.[1];
  const read = schema?.safeParse(value);
  if (read?.success !== true)
    throw new UsageError(`--report ${file} is neither a capsule nor a report of this version of sigtrail`);
  return read.data;
}

const SCHEMAS = [
  ['image', ReportSchema],
  ['platforms', PlatformsReportSchema],
  ['attestations', AttestationsReportSchema],
] as const;

function jsonIn(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (error) {
    // What is not JSON is refused where it is read as a capsule.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const NO_EVIDENCE =
  'a report has no evidence to try another policy on; record it anew with: sigtrail verify IMAGE … --capsule FILE';

function toJson(one: Result): string {
  if ('recorded' in one) {
    const { requested, verdict, policy } = one.recorded;
    const problems = [{ code: 'not-recorded', message: NO_EVIDENCE }];
    return toJsonLine({ file: one.file, requested, verdict: 'indeterminate', problems, recorded: { verdict, policy } });
  }
  if ('choice' in one) return toJsonLine({ file: one.file, requested: one.requested, ...one.choice });
  const { file, report, by } = one;
  const { requested, verdict, policy, problems } = report;
  return toJsonLine({
    file,
    requested,
    verdict,
    ...(by === undefined ? {} : { by }),
    ...(policy === undefined ? {} : { policy }),
    problems,
  });
}

const WORDS = { verified: 'ACCEPTED', rejected: 'REFUSED', indeterminate: 'UNDECIDED' } as const;
const MARKS = { satisfied: '✓', failed: '✗', unknown: '?' } as const;

function testsToText(all: readonly Result[], { verbose }: Flags): string {
  const lines = all.flatMap((one) => [
    ...linesOf(one),
    ...(verbose === true && 'report' in one ? indented(toText(one.report)) : []),
  ]);
  const accepted = all.filter((one) => 'report' in one && one.report.verdict === 'verified').length;
  return `${[...lines, `${accepted} of ${counted(all.length, 'image')} accepted`].map(safeText).join('\n')}\n`;
}

function indented(text: string): readonly string[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `    ${line}`);
}

function linesOf(one: Result): readonly string[] {
  if ('recorded' in one)
    return [
      `UNDECIDED ${one.recorded.requested} (${one.file})`,
      `  ? ${NO_EVIDENCE} [not-recorded]`,
      '  by the policy that it was made with',
      ...indented(toSummary(one.recorded)),
    ];
  if ('choice' in one) {
    const { decision, message } = one.choice;
    return [`${decision === 'refused' ? 'REFUSED' : 'EXCEPTED'} ${one.requested} (${one.file})`, `  ${message}`];
  }
  const { file, report, by } = one;
  const { verdict, requested, policy, problems } = report;
  return [
    `${WORDS[verdict]} ${requested} (${file})`,
    ...(by === undefined ? [] : [`  by ${by}`]),
    ...(policy === undefined ? [] : outcomeLines(policy, '  ')),
    ...problems.map(({ code, message }) => `  ? ${message} [${code}]`),
  ];
}

function outcomeLines(
  { path, label, status, why, candidates = [], of = [] }: PolicyOutcome,
  indent: string,
): readonly string[] {
  return [
    `${indent}${MARKS[status]} ${path === '' ? 'the policy' : path}: ${label}`,
    ...candidates.map((id) => `${indent}    accepts ${id}`),
    ...(why === undefined ? [] : [`${indent}    ${why.message} [${why.code}]`]),
    ...(why?.candidates ?? []).map(({ id, code, message }) => `${indent}    refuses ${id}: ${message} [${code}]`),
    ...of.flatMap((inner) => outcomeLines(inner, `${indent}  `)),
  ];
}
