import type { Report, SignedByPolicy } from 'sigtrail';
import { toCosignJson } from 'sigtrail/report';
import { nameAttachment } from 'sigtrail/triangulate';
import { askAllOf, type Asked, openVerifier } from '../asked-options.ts';
import { captureInto } from '../capsule-file.ts';
import type { CommandContext, Surroundings } from '../command.ts';
import type { ExitCode } from '../exit-code.ts';
import type { Command } from 'commander';
import { checkCosignLine } from '../cosign-line.ts';
import { askAboutEach } from '../each-reference.ts';
import { policyOf } from '../options.ts';
import type { VerifyFlags } from '../verify-flags.ts';
import { policyFileOf } from '../policy-file.ts';
import { referencesOf } from '../reference-list.ts';
import { UsageError } from '../usage-error.ts';
import { withVerifyFlags } from '../verify-flags.ts';
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
    .action(async (words: readonly string[], flags: Flags, self: Command) => {
      checkCosignLine(self, warnOn(streams));
      exit(await verify(words, flags, streams));
    });
}

async function verify(words: readonly string[], flags: Flags, streams: Surroundings): Promise<ExitCode> {
  const { attachment, capsule } = flags;
  if (attachment !== undefined && attachment !== 'sbom')
    throw new UsageError(`--attachment must be sbom, got ${JSON.stringify(attachment)}`);
  const warn = warnOn(streams);
  const { references, notes } = await referencesOf(words, flags);
  if (references.length > 1 && capsule !== undefined)
    throw new UsageError('--capsule can be used with one reference only; ask about each by itself');
  const policy =
    flags.policy === undefined
      ? { ...(await policyOf(flags, warn)), ...manifestsOf(flags, warn) }
      : await policyFileOf(flags, flags.policy, warn);
  const asked = await openVerifier(references, flags, warn, streams.defaults);
  await using verifier = asked.verifier;
  notes.forEach(warn);
  const { call, most } = asked;
  const ask = async (reference: string): Promise<Report> => {
    const image = attachment === undefined ? reference : await sbomOf(reference, asked);
    if (capsule === undefined) return verifier.evaluate(image, policy, call);
    return captureInto(capsule, async () => verifier.capture(image, policy, call));
  };
  const all = attachment === undefined ? { askAll: () => askAllOf(references, policy, asked) } : {};
  const question = { ask, most, toCosign, ...all };
  return await askAboutEach(references, question, flags, streams);
}

function toCosign(report: Report): string {
  return report.verdict === 'verified' && report.kind !== 'attestations' ? `\n${toCosignJson(report)}\n` : '';
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

/** The SBOM’s own manifest, under the tag that cosign derives from the image’s digest, where what is attached is kept. */
async function sbomOf(reference: string, { reaching, call }: Asked): Promise<string> {
  const { repositories, tagPrefix } = call;
  return nameAttachment(reference, 'sbom', {
    ...reaching,
    ...(repositories === undefined ? {} : { repositories }),
    ...(tagPrefix === undefined ? {} : { tagPrefix }),
  });
}
