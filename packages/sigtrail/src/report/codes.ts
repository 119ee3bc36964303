import type { ClaimName } from '@sigtrail/fulcio-claims/extensions';
import type { RekorErrorCode } from '@sigtrail/rekor';
import type { OciErrorCode } from 'oci-client-lite/names';

/** What a check looks at. A check that passed has its own name as code. */
export const CHECK_NAMES = [
  'accept',
  'annotations',
  'attestation-manifest',
  'bundle-certificate',
  'certificate-chain',
  'certificate-claims',
  'certificate-critical',
  'certificate-key-usage',
  'certificate-now',
  'certificate-purpose',
  'deny-list',
  'format',
  'identity',
  'issuer',
  'key',
  'key-window',
  'log-checkpoint',
  'log-entry',
  'log-entry-envelope',
  'log-entry-hash',
  'log-entry-key',
  'log-entry-signature',
  'log-inclusion',
  'log-known',
  'log-set',
  'log-time',
  'log-window',
  'max-age',
  'not-older-than',
  'payload-type',
  'predicate',
  'predicate-type',
  'profile',
  'release',
  'required-log',
  'required-sct',
  'required-time',
  'required-tsa',
  'sct',
  'second-judge',
  'signature',
  'signed-after',
  'signed-name',
  'signer',
  'statement-subject',
  'subject',
  'timestamp',
  'timestamp-required',
] as const;

/** The code of a check that does not pass. */
export const FAULT_CODES = [
  'annotation-mismatch',
  'attestation-manifest-malformed',
  'attestation-manifest-mismatch',
  'attestation-not-signature',
  'attestation-of-platform',
  'attestation-unsigned',
  'budget',
  'bundle-chain-relaxed',
  'bundle-chain-unexpected',
  'bundle-checkpoint-missing',
  'bundle-inclusion-promise-missing',
  'bundle-inclusion-proof-missing',
  'bundle-malformed',
  'bundle-not-json',
  'bundle-root-accepted',
  'bundle-root-certificate',
  'bundle-version-unknown',
  'callback-refused',
  'callback-threw',
  'callback-timeout',
  'certificate-authority-expired',
  'certificate-authority-not-valid',
  'certificate-chain-invalid',
  'certificate-claims-malformed',
  'certificate-critical-unknown',
  'certificate-denied',
  'certificate-expired',
  'certificate-issuer-unknown',
  'certificate-key-usage',
  'certificate-malformed',
  'certificate-purpose',
  'certificate-purpose-relaxed',
  'claim-mismatch',
  'deadline',
  'envelope-malformed',
  'freshness-unprovable',
  'identity-denied',
  'identity-kind-mismatch',
  'identity-mismatch',
  'internal-error',
  'issuer-mismatch',
  'key-denied',
  'key-expired',
  'key-mismatch',
  'key-not-yet-valid',
  'key-unavailable',
  'log-checkpoint-invalid',
  'log-checkpoint-malformed',
  'log-checkpoint-mismatch',
  'log-checkpoint-unsigned',
  'log-entry-duplicate',
  'log-entry-envelope-mismatch',
  'log-entry-hash-mismatch',
  'log-entry-key-mismatch',
  'log-entry-kind-mismatch',
  'log-entry-kind-unknown',
  'log-entry-malformed',
  'log-entry-retired',
  'log-entry-signature-mismatch',
  'log-inclusion-invalid',
  'log-inclusion-missing',
  'log-missing',
  'log-not-valid',
  'log-set-invalid',
  'log-time-in-future',
  'log-unknown',
  'no-verified-time',
  'not-fetched',
  'payload-digest-mismatch',
  'payload-malformed',
  'payload-type',
  'predicate-malformed',
  'predicate-mismatch',
  'predicate-type-mismatch',
  'profile-mismatch',
  'release-mismatch',
  'sct-duplicate',
  'sct-in-future',
  'sct-invalid',
  'sct-log-not-valid',
  'sct-log-unknown',
  'sct-malformed',
  'sct-missing',
  'second-judge-not-applicable',
  'second-judge-refused',
  'signature-invalid',
  'signature-key-not-named',
  'signature-key-unsupported',
  'signature-malformed',
  'signature-missing',
  'signature-needs-bytes',
  'signature-rolled-back',
  'signature-too-old',
  'signed-name-mismatch',
  'signed-name-missing',
  'signed-too-early',
  'signer-is-certificate',
  'signer-is-key',
  'statement-malformed',
  'subject-mismatch',
  'time-missing',
  'timestamp-authority-not-valid',
  'timestamp-authority-unknown',
  'timestamp-chain',
  'timestamp-duplicate',
  'timestamp-imprint',
  'timestamp-in-future',
  'timestamp-malformed',
  'timestamp-missing',
  'timestamp-not-asked',
  'timestamp-purpose',
  'timestamp-signature',
  'timestamp-signing-certificate',
  'timestamp-unverified',
] as const;

/** What a check looks at: one of ours, or the claim of a certificate that a rule names. */
export type KnownCheckName = (typeof CHECK_NAMES)[number] | `claim.${ClaimName}`;
/** The code of a check that did not pass. */
export type FaultCode = (typeof FAULT_CODES)[number];
/** Every check code of this version. */
export type KnownCheckCode = KnownCheckName | FaultCode;
const FAULTS: ReadonlySet<string> = new Set(FAULT_CODES);

/** Whether this version knows the code of a check that did not pass. */
export function isFaultCode(code: string): code is FaultCode {
  return FAULTS.has(code);
}

/** The name of a check. Open: a later version checks more. */
export type CheckName = KnownCheckName | (string & {});
/** The code of a check. Open: a later version checks more. */
export type CheckCode = KnownCheckCode | (string & {});

/** Why something could not be read or verified. The registry client, the log client and undecided checks have codes of their own. */
export const OWN_PROBLEM_CODES = [
  'deadline',
  'entry-unread',
  'image-not-found',
  'index-does-not-list',
  'index-not-verified',
  'invalid-policy',
  'key-unavailable',
  'no-log',
  'no-platforms',
  'not-recorded',
  'place-unread',
  'platform-not-found',
  'policy-unavailable',
  'too-many-platforms',
  'trust-expired',
  'trust-unavailable',
  'unknown',
] as const;

/** Why a part of a policy does not hold or is unknown. Checks have codes of their own. */
export const OWN_REASON_CODES = [
  'negated-holds',
  'no-attestation',
  'no-signature',
  'not-all',
  'not-asked',
  'only-attestations',
  'operand-failed',
  'operand-unknown',
  'place-unread',
  'threshold-not-reached',
  'vex-refused',
] as const;

/** Every code with which a part of a policy can fail in this version. */
export type KnownReasonCode = (typeof OWN_REASON_CODES)[number] | KnownCheckCode;
/** Why a part of a policy does not hold. Open: a later version may have more. */
export type ReasonCode = KnownReasonCode | (string & {});

/** Every code of a problem that this version can give. */
export type KnownProblemCode = (typeof OWN_PROBLEM_CODES)[number] | OciErrorCode | RekorErrorCode | KnownCheckCode;
/** The code of a problem. Open: a later version may have more. */
export type ProblemCode = KnownProblemCode | (string & {});
