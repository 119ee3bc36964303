import { relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { type LintFinding, type LintLevel, lintPolicy, type LocatedPolicy, toSarif } from 'sigtrail/policy-file';
import { safeText } from 'sigtrail/report';
import type { CommandContext } from '../../command.ts';
import { counted } from '@sigtrail/encoding';
import type { ExitCode } from '../../exit-code.ts';
import { toJsonLine } from '../../json-line.ts';
import { isPolicyMap } from '../../is-policy-map.ts';
import { lintPolicyMap } from '../../lint-policy-map.ts';
import { type OutputFlags, withOutputFlags, writeResult } from '../../output.ts';
import { readPolicyFile } from '../../read-policy-file.ts';
import type { Streams } from '../../streams.ts';
import { UsageError } from '../../usage-error.ts';

interface LintFlags extends OutputFlags {
  readonly failOn: string;
  readonly reference?: readonly string[];
}

const LEVELS: readonly LintLevel[] = ['error', 'warning', 'note'];

/** `sigtrail policy lint FILE`: where a policy lets in more than it seems to. */
export function addLint(parent: Command, { exit, ...streams }: CommandContext): void {
  withOutputFlags(parent.command('lint'), ['text', 'json', 'sarif'])
    .description('find where a policy lets in more than it seems to')
    .argument('<file>', 'policy file or policy map, JSON or YAML')
    .option(
      '--reference <ref>',
      'an image that it is used for; repeatable',
      (value: string, all: readonly string[] | undefined) => [...(all ?? []), value],
    )
    .option('--fail-on <level>', 'the lowest level of finding that gives exit code 12: error, warning or note', 'error')
    .action(async (file: string, flags: LintFlags) => exit(await lint(file, flags, streams)));
}

async function lint(file: string, flags: LintFlags, { stdout, stderr }: Streams): Promise<ExitCode> {
  if (await isPolicyMap(file)) return lintPolicyMap(file, flags, { stdout, stderr });
  const { failOn, reference } = flags;
  const worst = LEVELS.findIndex((level) => level === failOn);
  if (worst < 0) throw new UsageError(`--fail-on must be error, warning or note, got ${JSON.stringify(failOn)}`);
  const { policy, locate } = await readPolicyFile(file);
  const findings = lintPolicy(policy, reference === undefined ? {} : { references: reference });
  await writeResult(formatted(file, findings, locate, flags.output), flags, stdout);
  return findings.some(({ level }) => LEVELS.indexOf(level) <= worst) ? 12 : 0;
}

function formatted(
  file: string,
  findings: readonly LintFinding[],
  locate: LocatedPolicy['locate'],
  output: string,
): string {
  switch (output) {
    case 'sarif':
      return toJsonLine(
        toSarif(findings, { file: relative(process.cwd(), resolve(file)).replaceAll('\\', '/'), locate }),
      );
    case 'json':
      return toJsonLine(findings.map((finding) => ({ ...finding, ...locate(finding.path) })));
    default:
      return `${findings.map((finding) => toLine(file, finding, locate)).join('')}${counted(findings.length, 'finding')}\n`;
  }
}

function toLine(
  file: string,
  { code, level, path, message, help }: LintFinding,
  locate: LocatedPolicy['locate'],
): string {
  const { line, column } = locate(path);
  return `${safeText(`${file}:${line}:${column}: ${level} ${code}: ${message} ${help}`)}\n`;
}
