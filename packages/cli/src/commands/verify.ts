import type { SignedByPolicy, VerifyImageOptions } from 'sigtrail';
import { nameAttachment } from 'sigtrail/triangulate';
import { toCosignJson } from 'sigtrail/report';
import { evaluateInto } from '../capsule-file.ts';
import type { CommandContext, Surroundings } from '../command.ts';
import { type ExitCode, exitCodeOf } from '../exit-code.ts';
import type { Command } from 'commander';
import { checkCosignLine } from '../cosign-line.ts';
import { eachReference } from '../each-reference.ts';
import { askedOptionsOf } from '../asked-options.ts';
import { policyOf } from '../options.ts';
import type { VerifyFlags } from '../verify-flags.ts';
import { policyFileOf } from '../policy-file.ts';
import { UsageError } from '../usage-error.ts';
import { referenceOf, withVerifyFlags } from '../verify-flags.ts';
import { writeReport } from '../write-report.ts';
import { warnOn } from '../warnings.ts';

interface Flags extends VerifyFlags {
  readonly attachment?: string;
}

/** `sigtrail verify <ref>`: flags have cosign's names and meanings. */
export function addVerify({ command, exit, ...streams }: CommandContext): void {
  withVerifyFlags(command('verify'))
    .description('verify an image against who must have signed it')
    .option(
      '-a, --annotations <key=value>',
      'signed annotation that must be there; repeatable',
      (value: string, all: readonly string[] | undefined) => [...(all ?? []), value],
    )
    .option('--policy <file>', 'policy file, JSON or YAML, instead of the flags that name a signer')
    .option('--platform <list>', 'each, or linux/amd64,…: the policy must hold for these manifests of an index')
    .option(
      '--inherit [index]',
      'weakens: a signature of the index covers what it lists; [index] names it for one manifest',
    )
    .option(
      '--accept-attestation-manifests',
      'weakens: a signature of the image’s attestation manifest counts as one of the image, as Docker signs',
    )
    .option('--attachment <kind>', 'sbom: verify the signature of the SBOM that is attached to the image')
    .option('--capsule <file>', 'write everything that the answer rests on to a new file, for sigtrail replay')
    .action(async (references: readonly string[], flags: Flags, self: Command) => {
      checkCosignLine(self, warnOn(streams));
      exit(await eachReference(references, flags, streams, async (one, where) => verify(one, flags, where)));
    });
}

async function verify(argument: string, flags: Flags, streams: Surroundings): Promise<ExitCode> {
  const { attachment } = flags;
  if (attachment !== undefined && attachment !== 'sbom')
    throw new UsageError(`--attachment must be sbom, got ${JSON.stringify(attachment)}`);
  const warn = warnOn(streams);
  const policy =
    flags.policy === undefined
      ? { ...(await policyOf(flags, warn)), ...manifestsOf(flags, warn) }
      : await policyFileOf(flags, flags.policy, warn);
  const reference = referenceOf(argument, flags);
  const options = await askedOptionsOf(reference, flags, warn, streams.defaults);
  const report = await evaluateInto(
    flags.capsule,
    attachment === undefined ? reference : await sbomOf(reference, options),
    policy,
    options,
  );
  await writeReport(report, flags, streams, () => (report.verdict === 'verified' ? `\n${toCosignJson(report)}\n` : ''));
  return exitCodeOf(report);
}

/** Images signed Docker's way: a signature of an attestation manifest covers its statements about the image, not the image. */
function manifestsOf(
  { acceptAttestationManifests, platform }: Flags,
  warn: (line: string) => void,
): Pick<SignedByPolicy, 'acceptAttestationManifestsAsSignature'> {
  if (acceptAttestationManifests !== true) return {};
  const hint = platform === undefined ? '; their statements are about platforms, so an index needs --platform' : '';
  warn(
    `warning: --accept-attestation-manifests: a signature under any statement about the image counts as one of the image${hint}`,
  );
  return { acceptAttestationManifestsAsSignature: true };
}

/** The SBOM's own manifest, under the tag that cosign derives from the image's digest, where what is attached is kept. */
async function sbomOf(reference: string, options: VerifyImageOptions): Promise<string> {
  const { registry, timeoutMs, repositories, tagPrefix } = options;
  return nameAttachment(reference, 'sbom', {
    ...(registry === undefined ? {} : { registry }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(repositories === undefined ? {} : { repositories }),
    ...(tagPrefix === undefined ? {} : { tagPrefix }),
  });
}
