import { evaluateImage, type VerifyImageOptions } from 'sigtrail';
import { evaluateAttestations } from 'sigtrail/attestations';
import { safeText, toCosignEnvelopes } from 'sigtrail/report';
import type { CommandContext } from '../command.ts';
import { type ExitCode, exitCodeOf } from '../exit-code.ts';
import { toJsonLine } from '../json-line.ts';
import { type Asked, policyOf, imageOptionsOf } from '../options.ts';
import type { VerifyFlags } from '../verify-flags.ts';
import { reportText } from '../report-text.ts';
import type { Streams } from '../streams.ts';
import { UsageError } from '../usage-error.ts';
import { referenceOf, withVerifyFlags } from '../verify-flags.ts';

interface Flags extends VerifyFlags {
  readonly type: string;
  readonly all?: boolean;
}

/** `sigtrail verify-attestation <ref>`: flags have cosign's names and meanings. */
export function addVerifyAttestation({ command, exit, ...streams }: CommandContext): void {
  withVerifyFlags(command('verify-attestation'))
    .description('verify what somebody attested about an image')
    .option(
      '--type <type>',
      'predicate type: a URI, or slsaprovenance1, spdxjson, cyclonedx, vuln, openvex …',
      'custom',
    )
    .option(
      '--platform <list>',
      'each, or linux/amd64,…: each of these manifests of an index must have the attestation',
    )
    .option('--all', 'every attestation of this type by these signers must be well-formed, and every place read')
    .action(async (reference: string, flags: Flags) => exit(await verify(reference, flags, streams)));
}

async function verify(argument: string, flags: Flags, { stdout, stderr }: Streams): Promise<ExitCode> {
  const { output, type, all } = flags;
  if (!['text', 'json', 'cosign'].includes(output))
    throw new UsageError(`--output must be text, json or cosign, got ${JSON.stringify(output)}`);
  const warn = (line: string): void => stderr(`${safeText(line)}\n`);
  const asked = await policyOf(flags, warn);
  const options = await imageOptionsOf(flags, warn);
  if (options.platforms !== undefined) return verifyPlatforms(argument, flags, { asked, options }, { stdout, stderr });
  const report = await evaluateAttestations(
    referenceOf(argument, flags),
    { ...asked, type, ...(all === true ? { match: 'all' } : {}) },
    options,
  );
  const text = reportText(report, flags);
  if (output === 'text') stdout(text);
  else {
    stderr(text);
    if (output === 'json') stdout(toJsonLine(report));
    else if (report.verdict === 'verified') stdout(toCosignEnvelopes(report));
  }
  return exitCodeOf(report);
}

/** Of an index, each platform is asked by itself, as one policy about the image. */
async function verifyPlatforms(
  argument: string,
  flags: Flags,
  { asked, options }: { readonly asked: Asked; readonly options: VerifyImageOptions },
  { stdout, stderr }: Streams,
): Promise<ExitCode> {
  const { output, type, all } = flags;
  if (all === true) throw new UsageError('--all and --platform exclude each other');
  if (output === 'cosign')
    throw new UsageError('--output cosign prints the envelopes of one image; leave out --platform');
  const { signedBy, ...settings } = asked;
  const report = await evaluateImage(
    referenceOf(argument, flags),
    { attested: { type, signedBy }, ...settings },
    options,
  );
  const text = reportText(report, flags);
  if (output === 'text') stdout(text);
  else {
    stderr(text);
    stdout(toJsonLine(report));
  }
  return exitCodeOf(report);
}
