import type { Command } from 'commander';
import type { ImagePolicy, PolicyOutcome } from 'sigtrail';
import { type Replayed, replay } from 'sigtrail/replay';
import { safeText, toText } from 'sigtrail/report';
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

/** An image that the map gives no policy. */
interface Untested {
  readonly file: string;
  readonly requested: string;
  readonly choice: Extract<MapChoice, { decision: string }>;
}

/** `sigtrail policy test FILE --report CAPSULE…`: a policy against what `verify --capsule` recorded. */
export function addTest(parent: Command, { exit, ...streams }: CommandContext): void {
  withOutputFlags(withVerboseFlag(parent.command('test'), 'the whole report of each image'), ['text', 'json'])
    .description('try a policy on recorded images: which of its rules accepts, which refuses, and why; no network')
    .argument('<file>', 'policy file or policy map, JSON or YAML')
    .argument('[capsule...]', 'more of --report')
    .option('--report <capsule>', 'file that `verify --capsule` wrote; repeatable', collect, [])
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
  const all: (Tested | Untested)[] = [];
  for (const capsule of capsules) all.push(await testOne(capsule, choiceFor));
  await writeResult(flags.output === 'json' ? all.map(toJson).join('') : testsToText(all, flags), flags, stdout);
  const codes = new Set(all.map(codeFor));
  return ([12, 10, 14, 11] as const).find((code) => codes.has(code)) ?? 0;
}

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

async function testOne(file: string, choiceFor: ChoiceFor): Promise<Tested | Untested> {
  const requested = async (): Promise<string> => (await replayed(file)).requested;
  const choice = await choiceFor(requested);
  if ('decision' in choice) return { file, requested: await requested(), choice };
  const report = await replayed(file, choice.policy);
  return { file, report, ...('by' in choice ? { by: choice.by } : {}) };
}

function codeFor(one: Tested | Untested): ExitCode {
  if ('report' in one) return exitCodeOf(one.report);
  return one.choice.decision === 'refused' ? 12 : 0;
}

async function replayed(file: string, policy?: ImagePolicy): Promise<Replayed> {
  const bytes = await readBytes('--report', file);
  if (isReport(bytes))
    throw new UsageError(
      `--report ${file} is a report, which has no evidence to try another policy on; record it anew with: sigtrail verify IMAGE … --capsule FILE`,
    );
  return replay(bytes, policy === undefined ? {} : { policy });
}

/** A report has a verdict; a capsule has what leads to one. */
function isReport(bytes: Uint8Array): boolean {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    return typeof value === 'object' && value !== null && 'verdict' in value;
  } catch (error) {
    // What is not JSON is refused where it is read as a capsule.
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

function toJson(one: Tested | Untested): string {
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

function testsToText(all: readonly (Tested | Untested)[], { verbose }: Flags): string {
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

function linesOf(one: Tested | Untested): readonly string[] {
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
