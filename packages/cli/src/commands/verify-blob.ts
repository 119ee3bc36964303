import { type BundlePolicy, isSigtrailError, verifyBundle, type VerifyBundleOptions } from 'sigtrail';
import { type BundleAnswer, bundleToSummary, checkToText } from 'sigtrail/report';
import type { CommandContext, Surroundings } from '../command.ts';
import type { ExitCode } from '../exit-code.ts';
import { toJsonLine } from '../json-line.ts';
import { withOutputFlags, writeResult } from '../output.ts';
import { policyOf, verifierOptionsOf } from '../options.ts';
import { readBytes } from '../read-input.ts';
import { withTrustFlags } from '../trust-flags.ts';
import { UsageError } from '../usage-error.ts';
import { type VerifyFlags, withSignerFlags } from '../verify-flags.ts';
import { warnOn } from '../warnings.ts';
import { withDetailFlags } from '../detail-flags.ts';

interface Flags extends VerifyFlags {
  readonly bundle: string;
}

/** `sigtrail verify-blob <file|sha256:…> --bundle <file>`: a file and the Sigstore bundle beside it. No registry is asked. */
export function addVerifyBlob({ command, exit, ...streams }: CommandContext): void {
  const looking = withDetailFlags(withSignerFlags(withTrustFlags(command('verify-blob'))), 'every check of the bundle');
  withOutputFlags(looking, ['text', 'json', 'html'])
    .description('verify a file by the Sigstore bundle beside it')
    .argument('<file>', 'the file that was signed, or its digest (sha256:…) where that is enough')
    .requiredOption('--bundle <file>', 'Sigstore bundle, v0.1 to v0.3')
    .option('--deny-list <file>', 'JSON: keys, certificates and identities that are refused')
    .option('-t, --timeout <duration>', 'deadline, for example 30s')
    .action(async (file: string, flags: Flags) => exit(await verifyBlob(file, flags, streams)));
}

async function verifyBlob(file: string, flags: Flags, { stdout, stderr, defaults }: Surroundings): Promise<ExitCode> {
  if (flags.useSignedTimestamps === true)
    throw new UsageError('--use-signed-timestamps is about .sig layers; the timestamps of a bundle always count');
  const warn = warnOn({ stderr });
  // What a .sig layer has to come with says nothing about a bundle.
  const { legacyTimestamps: _, ...policy } = await policyOf(flags, warn);
  const { trust, deny, timeoutMs } = await verifierOptionsOf(flags, warn, defaults);
  const subject = /^sha(?:256|384|512):/.test(file) ? (file as `sha256:${string}`) : await readBytes('<file>', file);
  const answer = await ask(flags.bundle, await readBytes('--bundle', flags.bundle), subject, policy, {
    ...(trust === undefined ? {} : { trust }),
    ...(deny === undefined ? {} : { deny }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });
  await writeResult(await formatted(file, answer, flags), flags, stdout);
  return EXIT[answer.verdict];
}

async function formatted(file: string, answer: BundleAnswer, { output, verbose, quiet }: Flags): Promise<string> {
  const now = new Date();
  switch (output) {
    case 'json':
      return toJsonLine(answer);
    case 'html':
      return (await import('sigtrail/report/html')).bundleToHtml(file, answer, now);
    default:
      if (quiet === true) return '';
      return `${bundleToSummary(file, answer, now)}${verbose === true ? checkLines(answer) : ''}`;
  }
}

function checkLines({ report }: BundleAnswer): string {
  return ['  checks', ...report.checks.map((check) => `    ${checkToText(check)}`)].map((line) => `${line}\n`).join('');
}

/** The answer as data: a refusal is one of three, not an error. @throws SigtrailError for a file that is no bundle, and for trust */
async function ask(
  file: string,
  bundle: Uint8Array,
  subject: Parameters<typeof verifyBundle>[1],
  policy: BundlePolicy,
  options: VerifyBundleOptions,
): Promise<BundleAnswer> {
  try {
    return { verdict: 'verified', ...(await verifyBundle(bundle, subject, policy, options)) };
  } catch (error) {
    if (isSigtrailError(error) && error.code === 'invalid-bundle')
      throw new UsageError(`--bundle ${file}: ${error.message} [${error.code}]`);
    const verdict = isSigtrailError(error) ? VERDICTS.get(error.code) : undefined;
    if (verdict === undefined || !isSigtrailError(error)) throw error;
    const { message, candidate: report, trust } = error;
    if (report === undefined || trust === undefined) throw error;
    return { verdict, message, report, trust };
  }
}

const EXIT: Readonly<Record<BundleAnswer['verdict'], ExitCode>> = { verified: 0, rejected: 12, indeterminate: 14 };

const VERDICTS: ReadonlyMap<string, 'rejected' | 'indeterminate'> = new Map([
  ['no-match', 'rejected'],
  ['indeterminate', 'indeterminate'],
]);
