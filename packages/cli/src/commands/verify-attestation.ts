import { evaluateImage, type ImagePolicy, type VerifyImageOptions } from 'sigtrail';
import { evaluateAttestations } from 'sigtrail/attestations';
import { toCosignEnvelopes } from 'sigtrail/report';
import type { Command } from 'commander';
import { askedOptionsOf } from '../asked-options.ts';
import { attestationPolicyOf } from '../attestation-policy.ts';
import { checkCosignLine } from '../cosign-line.ts';
import { eachReference } from '../each-reference.ts';
import type { CommandContext, Surroundings } from '../command.ts';
import { type ExitCode, exitCodeOf } from '../exit-code.ts';
import { policyOf } from '../options.ts';
import type { VerifyFlags } from '../verify-flags.ts';
import { UsageError } from '../usage-error.ts';
import { referenceOf, withVerifyFlags } from '../verify-flags.ts';
import { writeReport } from '../write-report.ts';
import { warnOn } from '../warnings.ts';

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
    .option(
      '--policy <file>',
      'policy file, JSON or YAML, that requires an attestation; instead of --type and the flags that name a signer',
      (file: string, before: string | undefined) => {
        if (before === undefined) return file;
        throw new UsageError('--policy takes one file here; say in it all that must hold (allOf: …)');
      },
    )
    .action(async (references: readonly string[], flags: Flags, self: Command) => {
      checkCosignLine(self, warnOn(streams));
      if (flags.policy !== undefined && self.getOptionValueSource('type') === 'cli')
        throw new UsageError('--policy and --type exclude each other: say it in the file');
      exit(await eachReference(references, flags, streams, async (one, where) => verify(one, flags, where)));
    });
}

async function verify(argument: string, flags: Flags, streams: Surroundings): Promise<ExitCode> {
  const { type, all } = flags;
  const warn = warnOn(streams);
  const reference = referenceOf(argument, flags);
  if (flags.policy !== undefined) {
    const policy = await attestationPolicyOf(flags, flags.policy, warn);
    const options = await askedOptionsOf(reference, flags, warn, streams.defaults);
    return verifyAsImage(reference, '--policy', flags, { policy, options }, streams);
  }
  const asked = await policyOf(flags, warn);
  const options = await askedOptionsOf(reference, flags, warn, streams.defaults);
  if (options.platforms !== undefined) {
    // Of an index, each platform is asked by itself, as one policy about the image.
    const { signedBy, ...settings } = asked;
    const policy = { attested: { type, signedBy }, ...settings };
    return verifyAsImage(reference, '--platform', flags, { policy, options }, streams);
  }
  const report = await evaluateAttestations(
    reference,
    { ...asked, type, ...(all === true ? { match: 'all' } : {}) },
    options,
  );
  await writeReport(report, flags, streams, () => (report.verdict === 'verified' ? toCosignEnvelopes(report) : ''));
  return exitCodeOf(report);
}

/** Whether the image has what a policy asks, told as `sigtrail verify` tells it. */
async function verifyAsImage(
  reference: string,
  because: '--policy' | '--platform',
  { all, ...flags }: Flags,
  { policy, options }: { readonly policy: ImagePolicy; readonly options: VerifyImageOptions },
  streams: Surroundings,
): Promise<ExitCode> {
  if (all === true) throw new UsageError(`--all and ${because} exclude each other`);
  if (flags.output === 'cosign')
    throw new UsageError(`--output cosign prints the envelopes of one image; leave out ${because}`);
  const report = await evaluateImage(reference, policy, options);
  await writeReport(report, flags, streams);
  return exitCodeOf(report);
}
