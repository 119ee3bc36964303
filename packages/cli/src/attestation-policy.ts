import type { ImagePolicy } from 'sigtrail';
import { policyFileOf } from './policy-file.ts';
import { UsageError } from './usage-error.ts';
import type { VerifyFlags } from './verify-flags.ts';

/** The policy file of `verify-attestation --policy`. One that holds without an attestation would verify none. */
export async function attestationPolicyOf(
  flags: VerifyFlags,
  file: string,
  warn: (line: string) => void,
): Promise<ImagePolicy> {
  const language = /\.(cue|rego)$/i.exec(file)?.[1]?.toLowerCase();
  if (language !== undefined)
    throw new UsageError(
      `--policy ${file}: ${language === 'cue' ? 'CUE' : 'Rego'} is not run here; say in a policy file of sigtrail’s what the predicate must be (attested: … predicate: …), or print the envelopes with --output cosign and ask ${language === 'cue' ? 'cue vet' : 'opa eval'} about them`,
    );
  const policy = await policyFileOf(flags, file, warn);
  if (!needsAttestation(policy))
    throw new UsageError(
      `--policy ${file} can hold without an attestation; require one there (attested: …), or use sigtrail verify`,
    );
  return policy;
}

function needsAttestation(policy: ImagePolicy): boolean {
  if ('attested' in policy) return true;
  if ('allOf' in policy) return policy.allOf.some(needsAttestation);
  if ('anyOf' in policy) return policy.anyOf.every(needsAttestation);
  return false;
}
