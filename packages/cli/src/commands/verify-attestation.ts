import { evaluateImage, type VerifyImageOptions } from 'sigtrail';
import { evaluateAttestations } from 'sigtrail/attestations';
import { safeText, toCosignEnvelopes } from 'sigtrail/report';
import type { CommandContext, Surroundings } from '../command.ts';
import { type ExitCode, exitCodeOf } from '../exit-code.ts';
import { type Asked, policyOf, imageOptionsOf } from '../options.ts';
import type { VerifyFlags } from '../verify-flags.ts';
import { UsageError } from '../usage-error.ts';
import { referenceOf, withVerifyFlags } from '../verify-flags.ts';
import { expectOutput, VERIFY_FORMATS, writeReport } from '../write-report.ts';

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

async function verify(argument: string, flags: Flags, streams: Surroundings): Promise<ExitCode> {
  const { type, all } = flags;
  await expectOutput(flags, VERIFY_FORMATS);
  const warn = (line: string): void => streams.stderr(`${safeText(line)}\n`);
  const asked = await policyOf(flags, warn);
  const options = await imageOptionsOf(flags, warn, streams.defaults);
  if (options.platforms !== undefined) return verifyPlatforms(argument, flags, { asked, options }, streams);
  const report = await evaluateAttestations(
    referenceOf(argument, flags),
    { ...asked, type, ...(all === true ? { match: 'all' } : {}) },
    options,
  );
  await writeReport(report, flags, streams, () => (report.verdict === 'verified' ? toCosignEnvelopes(report) : ''));
  return exitCodeOf(report);
}

/** Of an index, each platform is asked by itself, as one policy about the image. */
async function verifyPlatforms(
  argument: string,
  flags: Flags,
  { asked, options }: { readonly asked: Asked; readonly options: VerifyImageOptions },
  streams: Surroundings,
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
  await writeReport(report, flags, streams);
  return exitCodeOf(report);
}
