import { type BundlePolicy, isSigtrailError, verifyBundle, type VerifyBundleOptions } from 'sigtrail';
import { bundleToSummary, safeText } from 'sigtrail/report';
import type { CommandContext, Surroundings } from '../command.ts';
import type { ExitCode } from '../exit-code.ts';
import { toJsonLine } from '../json-line.ts';
import { policyOf, verifierOptionsOf } from '../options.ts';
import { readBytes } from '../read-input.ts';
import { withTrustFlags } from '../trust-flags.ts';
import { UsageError } from '../usage-error.ts';
import { type VerifyFlags, withSignerFlags } from '../verify-flags.ts';

interface Flags extends VerifyFlags {
  readonly bundle: string;
}

/** `sigtrail verify-blob <file|sha256:…> --bundle <file>`: a file and the Sigstore bundle beside it. No registry is asked. */
export function addVerifyBlob({ command, exit, ...streams }: CommandContext): void {
  withSignerFlags(withTrustFlags(command('verify-blob')))
    .description('verify a file by the Sigstore bundle beside it')
    .argument('<file>', 'the file that was signed, or its digest (sha256:…) where that is enough')
    .requiredOption('--bundle <file>', 'Sigstore bundle, v0.1 to v0.3')
    .option('--deny-list <file>', 'JSON: keys, certificates and identities that are refused')
    .option('-t, --timeout <duration>', 'deadline, for example 30s')
    .option('-o, --output <format>', 'text or json', 'text')
    .action(async (file: string, flags: Flags) => exit(await verifyBlob(file, flags, streams)));
}

async function verifyBlob(file: string, flags: Flags, { stdout, stderr, defaults }: Surroundings): Promise<ExitCode> {
  const { output } = flags;
  if (!['text', 'json'].includes(output))
    throw new UsageError(`--output must be text or json, got ${JSON.stringify(output)}`);
  if (flags.useSignedTimestamps === true)
    throw new UsageError('--use-signed-timestamps is about .sig layers; the timestamps of a bundle always count');
  const warn = (line: string): void => stderr(`${safeText(line)}\n`);
  // What a .sig layer has to come with says nothing about a bundle.
  const { legacyTimestamps: _, ...policy } = await policyOf(flags, warn);
  const { trust, deny, timeoutMs } = await verifierOptionsOf(flags, warn, defaults);
  const subject = /^sha(?:256|384|512):/.test(file) ? (file as `sha256:${string}`) : await readBytes('<file>', file);
  const answer = await ask(await readBytes('--bundle', flags.bundle), subject, policy, {
    ...(trust === undefined ? {} : { trust }),
    ...(deny === undefined ? {} : { deny }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });
  stdout(output === 'json' ? toJsonLine(answer) : bundleToSummary(file, answer, new Date()));
  return { verified: 0, rejected: 12, indeterminate: 14 }[answer.verdict] as ExitCode;
}

/** The answer as data: a refusal is one of three, not an error. @throws SigtrailError for a file that is no bundle, and for trust */
async function ask(
  bundle: Uint8Array,
  subject: Parameters<typeof verifyBundle>[1],
  policy: BundlePolicy,
  options: VerifyBundleOptions,
): Promise<Parameters<typeof bundleToSummary>[1]> {
  try {
    return { verdict: 'verified', ...(await verifyBundle(bundle, subject, policy, options)) };
  } catch (error) {
    const verdict = isSigtrailError(error) ? VERDICTS.get(error.code) : undefined;
    if (verdict === undefined || !isSigtrailError(error)) throw error;
    const { message, candidate: report, trust } = error;
    if (report === undefined || trust === undefined) throw error;
    return { verdict, message, report, trust };
  }
}

const VERDICTS: ReadonlyMap<string, 'rejected' | 'indeterminate'> = new Map([
  ['no-match', 'rejected'],
  ['indeterminate', 'indeterminate'],
]);
