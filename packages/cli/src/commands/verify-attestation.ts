import type { AttestationRequest, ImagePolicy, Report } from 'sigtrail';
import { toCosignEnvelopes } from 'sigtrail/report';
import type { Command } from 'commander';
import { askAllOf, type Asked, openVerifier } from '../asked-options.ts';
import { attestationPolicyOf } from '../attestation-policy.ts';
import { checkCosignLine } from '../cosign-line.ts';
import { askAboutEach, type Question } from '../each-reference.ts';
import type { CommandContext, Surroundings } from '../command.ts';
import type { ExitCode } from '../exit-code.ts';
import { policyOf } from '../options.ts';
import { referencesOf } from '../reference-list.ts';
import { UsageError } from '../usage-error.ts';
import { type VerifyFlags, withVerifyFlags } from '../verify-flags.ts';
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
    .action(async (words: readonly string[], flags: Flags, self: Command) => {
      checkCosignLine(self, warnOn(streams));
      if (flags.policy !== undefined && self.getOptionValueSource('type') === 'cli')
        throw new UsageError('--policy and --type exclude each other: say it in the file');
      exit(await verify(words, flags, streams));
    });
}

async function verify(words: readonly string[], flags: Flags, streams: Surroundings): Promise<ExitCode> {
  const warn = warnOn(streams);
  const { references, notes } = await referencesOf(words, flags);
  const question = await questionOf(flags, warn);
  const asked = await openVerifier(references, flags, warn, streams.defaults);
  await using _ = asked.verifier;
  notes.forEach(warn);
  const { most } = asked;
  return await askAboutEach(references, { ...toAsk(question, references, asked), most, toCosign }, flags, streams);
}

/** What must be attested, as a policy about the image or as a question about its attestations. */
type Attested = { readonly policy: ImagePolicy } | { readonly request: AttestationRequest };

async function questionOf(flags: Flags, warn: (line: string) => void): Promise<Attested> {
  const { type, all, policy: file, platform } = flags;
  if (file !== undefined) {
    refuseBeside('--policy', flags);
    return { policy: await attestationPolicyOf(flags, file, warn) };
  }
  const { signedBy, ...settings } = await policyOf(flags, warn);
  if (platform === undefined)
    return { request: { signedBy, ...settings, type, ...(all === true ? { match: 'all' } : {}) } };
  // Of an index, each platform is asked by itself, as one policy about the image.
  refuseBeside('--platform', flags);
  return { policy: { attested: { type, signedBy }, ...settings } };
}

/** Told as `sigtrail verify` tells it: whether the image has what the policy asks. */
function refuseBeside(because: '--policy' | '--platform', { all, output }: Flags): void {
  if (all === true) throw new UsageError(`--all and ${because} exclude each other`);
  if (output === 'cosign')
    throw new UsageError(`--output cosign prints the envelopes of one image; leave out ${because}`);
}

function toAsk(question: Attested, references: readonly string[], asked: Asked): Pick<Question, 'ask' | 'askAll'> {
  const { verifier, call } = asked;
  if ('policy' in question)
    return {
      ask: async (reference) => verifier.evaluate(reference, question.policy, call),
      askAll: () => askAllOf(references, question.policy, asked),
    };
  const { platforms: _, inherit: __, ...named } = call;
  return { ask: async (reference) => verifier.evaluateAttestations(reference, question.request, named) };
}

function toCosign(report: Report): string {
  return report.kind === 'attestations' && report.verdict === 'verified' ? toCosignEnvelopes(report) : '';
}
