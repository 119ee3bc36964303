import { Command, CommanderError } from 'commander';
import { evaluateImage, inspectImage, isSigtrailError, type ImageReport } from 'sigtrail';
import { inspectionToText, safeText, toCosignJson, toText } from 'sigtrail/report';
import { withoutBooleanValues } from './boolean-flags.ts';
import { policyOf, type VerifyFlags, verifierOptionsOf } from './options.ts';
import { UsageError } from './usage-error.ts';

/** Where a run writes. */
export interface Streams {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
}

/** 0 verified · 10 positively unsigned · 11 image not found · 12 found, none accepted · 14 indeterminate · 2 wrong usage. */
export type ExitCode = 0 | 2 | 10 | 11 | 12 | 14;

/** Runs one command line. Never exits the process, never throws for what a user typed or the world is like. */
export async function main(argv: readonly string[], streams: Streams): Promise<ExitCode> {
  let exitCode: ExitCode = 0;
  const program = createProgram(streams, (code) => {
    exitCode = code;
  });
  try {
    if (argv.length === 0) throw new UsageError('expected a command, verify or inspect; sigtrail --help explains them');
    await program.parseAsync([...withoutBooleanValues(argv)], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    return explain(error, streams);
  }
}

function createProgram(streams: Streams, exit: (code: ExitCode) => void): Command {
  const program = new Command('sigtrail')
    .description('Who signed this container image, where is that on record, and may I run it?')
    .helpCommand(false);
  const configure = (command: Command): Command =>
    command.exitOverride().configureOutput({
      writeOut: streams.stdout,
      // One line, whatever commander adds for suggestions.
      writeErr: (text) => streams.stderr(`${safeText(text.trim().replaceAll('\n', ' '))}\n`),
    });
  configure(program);
  configure(program.command('verify'))
    .description('verify an image against who must have signed it')
    .argument('<ref>', 'registry reference, or oci:DIR[:tag|@digest]')
    .option('--certificate-identity <name>', 'exact subject of the certificate')
    .option('--certificate-identity-regexp <re2>', 'RE2 search in the subject')
    .option('--certificate-oidc-issuer <url>', 'exact issuer of the identity')
    .option('--certificate-oidc-issuer-regexp <re2>', 'RE2 search in the issuer')
    .option('--certificate-github-workflow-trigger <text>')
    .option('--certificate-github-workflow-sha <text>')
    .option('--certificate-github-workflow-name <text>')
    .option('--certificate-github-workflow-repository <text>')
    .option('--certificate-github-workflow-ref <text>')
    .option('--key <file>', 'PEM public key')
    .option(
      '-a, --annotations <key=value>',
      'signed annotation that must be there; repeatable',
      (value: string, all: readonly string[] | undefined) => [...(all ?? []), value],
    )
    .option('--trusted-root <file>', 'trusted_root.json; default: embedded public-good snapshot')
    .option('--insecure-ignore-tlog', 'weakens: no transparency log needed')
    .option('--insecure-ignore-sct', 'weakens: no certificate transparency needed')
    .option('--use-signed-timestamps', 'use timestamp annotations of .sig signatures')
    .option('--allow-http-registry', 'weakens: plain http for any registry')
    .option('--allow-insecure-registry', 'weakens: the same')
    .option('--new-bundle-format', 'no effect: both formats are always looked for')
    .option('--experimental-oci11', 'no effect: always looked for')
    .option('--offline', 'no effect: no log is ever contacted')
    .option('-t, --timeout <duration>', 'deadline, for example 30s')
    .option('-o, --output <format>', 'text, json or cosign', 'text')
    .action(async (reference: string, flags: VerifyFlags) => exit(await verify(reference, flags, streams)));
  configure(program.command('inspect'))
    .description('who signed this? No policy, no verdict')
    .argument('<ref>', 'registry reference, or oci:DIR[:tag|@digest]')
    .option('--trusted-root <file>', 'trusted_root.json; default: embedded public-good snapshot')
    .option('--allow-http-registry', 'weakens: plain http for any registry')
    .option('--allow-insecure-registry', 'weakens: the same')
    .option('-t, --timeout <duration>', 'deadline, for example 30s')
    .option('-o, --output <format>', 'text or json', 'text')
    .action(async (reference: string, flags: VerifyFlags) => exit(await inspect(reference, flags, streams)));
  return program;
}

async function verify(reference: string, flags: VerifyFlags, { stdout, stderr }: Streams): Promise<ExitCode> {
  const { output } = flags;
  if (!['text', 'json', 'cosign'].includes(output))
    throw new UsageError(`--output must be text, json or cosign, got ${JSON.stringify(output)}`);
  const warn = (line: string): void => stderr(`${safeText(line)}\n`);
  const policy = await policyOf(flags, warn);
  const report = await evaluateImage(reference, policy, verifierOptionsOf(flags, warn));
  if (output === 'text') stdout(toText(report));
  else {
    stderr(toText(report));
    if (output === 'json') stdout(toJsonLine(report));
    else if (report.verdict === 'verified') stdout(`\n${toCosignJson(report)}\n`);
  }
  return exitCodeOf(report);
}

async function inspect(reference: string, flags: VerifyFlags, { stdout, stderr }: Streams): Promise<ExitCode> {
  if (!['text', 'json'].includes(flags.output))
    throw new UsageError(`--output must be text or json, got ${JSON.stringify(flags.output)}`);
  const inspection = await inspectImage(
    reference,
    verifierOptionsOf(flags, (line) => stderr(`${line}\n`)),
  );
  stdout(flags.output === 'json' ? toJsonLine(inspection) : inspectionToText(inspection));
  // What could not be read may have held a signature: that is no complete answer.
  return inspection.locations.some(({ answer }) => answer === 'unknown') ? 14 : 0;
}

/** One line of JSON. What a terminal would obey is escaped: it only stands inside strings, where JSON's escape means the same. */
function toJsonLine(value: unknown): string {
  return `${safeText(JSON.stringify(value))}\n`;
}

/** The exit code of a report. */
export function exitCodeOf(report: ImageReport): ExitCode {
  switch (report.verdict) {
    case 'verified':
      return 0;
    case 'rejected':
      return report.reason === 'unsigned' ? 10 : 12;
    case 'indeterminate':
      return report.problems.some(({ code }) => code === 'image-not-found') ? 11 : 14;
  }
}

const USAGE_CODES: ReadonlySet<string> = new Set([
  'invalid-reference',
  'invalid-trusted-root',
  'trust-unavailable',
  'invalid-key',
]);

function explain(error: unknown, { stderr }: Streams): ExitCode {
  const message = error instanceof Error ? error.message : 'unknown error';
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  stderr(`sigtrail: ${safeText(message)}${code === '' ? '' : ` [${safeText(code)}]`}\n`);
  // A TypeError without a code is a mistake of ours, not of who typed the command.
  if (error instanceof UsageError || (error instanceof TypeError && code !== '')) return 2;
  if (!isSigtrailError(error)) return 14;
  if (error.code === 'image-not-found') return 11;
  return USAGE_CODES.has(error.code) ? 2 : 14;
}
