import type { FaultCode } from '../report/codes.ts';
import { type Explanation, NEXT } from './explanation.ts';

/** Codes of checks on the evidence that comes with an image: signatures, certificates, log entries, timestamps. */
export type EvidenceCode = Exclude<FaultCode, PolicyFaultCode>;

/** Codes of checks that compare good evidence with what the policy asks for. */
export type PolicyFaultCode =
  | 'annotation-mismatch'
  | 'attestation-not-signature'
  | 'attestation-of-platform'
  | 'callback-refused'
  | 'callback-threw'
  | 'callback-timeout'
  | 'claim-mismatch'
  | 'freshness-unprovable'
  | 'identity-denied'
  | 'identity-kind-mismatch'
  | 'identity-mismatch'
  | 'issuer-mismatch'
  | 'key-denied'
  | 'certificate-denied'
  | 'key-expired'
  | 'key-mismatch'
  | 'key-not-yet-valid'
  | 'key-unavailable'
  | 'predicate-mismatch'
  | 'predicate-type-mismatch'
  | 'profile-mismatch'
  | 'release-mismatch'
  | 'signature-key-not-named'
  | 'signature-rolled-back'
  | 'signature-too-old'
  | 'signed-name-mismatch'
  | 'signed-name-missing'
  | 'signed-too-early'
  | 'signer-is-certificate'
  | 'signer-is-key';

const OF_ANOTHER_ENTRY = {
  means: 'the log entry is genuine, but about something else: it was copied here from another signature',
  next: NEXT.dontRun,
} as const;
const BAD_TIMESTAMP = { next: 'ask the publisher for a new timestamp, or sign again' } as const;

export const EVIDENCE_CODES: Readonly<Record<EvidenceCode, Explanation>> = {
  'attestation-manifest-malformed': {
    means: 'the signed attestation manifest lists no statement, or one that is too large to read',
    next: NEXT.signAgain,
  },
  'attestation-manifest-mismatch': {
    means: 'the signed attestation manifest does not list this statement',
    next: NEXT.dontRun,
  },
  'attestation-unsigned': {
    means: 'the attestation carries no signature, so anyone can have written it',
    next: 'sign it (cosign attest), or ignore it',
  },
  budget: {
    means: 'checking it would take more work than one candidate or image may cause, so nothing is known about it',
    next: 'look at what is attached (sigtrail tree): honest signatures stay far below the limits',
  },
  'bundle-chain-relaxed': {
    means: 'the v0.3 bundle holds a certificate chain, which the trusted PKI’s settings allow',
    next: 'nothing: it is noted because the format allows only one certificate',
  },
  'bundle-chain-unexpected': {
    means: 'the v0.3 bundle holds a certificate chain; the format allows one certificate',
    next: 'sign with one certificate, or trust the private PKI with relax: ["single-certificate"]',
  },
  'bundle-checkpoint-missing': {
    means: 'the inclusion proof in the bundle has no checkpoint, which its version requires',
    next: NEXT.signAgain,
  },
  'bundle-inclusion-promise-missing': {
    means: 'the v0.1 bundle has no inclusion promise, which its version requires',
    next: NEXT.signAgain,
  },
  'bundle-inclusion-proof-missing': {
    means: 'the bundle has no inclusion proof, which its version requires',
    next: NEXT.signAgain,
  },
  'bundle-malformed': {
    means: 'the bundle does not follow its format; the message names the place',
    next: NEXT.signAgain,
  },
  'bundle-not-json': { means: 'the bundle is not JSON', next: NEXT.signAgain },
  'bundle-root-accepted': {
    means: 'the bundle carries a self-signed certificate; it equals the trusted anchor, and the policy allows that',
    next: 'nothing: it is noted because no version of the format allows it',
  },
  'bundle-root-certificate': {
    means: 'the bundle carries a self-signed certificate, which no version of its format allows',
    next: 'sign again; or, for bundles of 2023, set acceptTrustedRootInBundle, which accepts the trusted anchor byte for byte',
  },
  'bundle-version-unknown': {
    means: 'the media type is not that of bundle v0.1, v0.2 or v0.3; it is not read as the nearest version',
    next: 'update Sigtrail, or sign with a tool that writes one of these',
  },
  'certificate-authority-expired': {
    means: 'the authority’s own certificate was not valid when the signature was made',
    next: NEXT.dontRun,
  },
  'certificate-authority-not-valid': {
    means: 'according to the trusted root, its certificate authority was not in use when the signature was made',
    next: NEXT.refreshTrust,
  },
  'certificate-chain-invalid': {
    means: 'the certificates do not lead to a trusted authority: a signature, a constraint or a date does not hold',
    next: NEXT.dontRun,
  },
  'certificate-claims-malformed': { means: 'the claims in the certificate contradict each other', next: NEXT.dontRun },
  'certificate-critical-unknown': {
    means: 'the certificate has a critical extension that Sigtrail does not know (RFC 5280 §4.2)',
    next: NEXT.askPublisher,
  },
  'certificate-expired': {
    means: 'its certificate was not valid when the signature was made: it had expired, or was not yet valid',
    next: 'ask the publisher to sign again, in one go: a Fulcio certificate is valid for ten minutes',
  },
  'certificate-issuer-unknown': {
    means: 'its certificate comes from an authority that the trusted root does not have',
    next: NEXT.refreshTrust,
  },
  'certificate-key-usage': { means: 'the certificate is not for digital signatures', next: NEXT.dontRun },
  'certificate-malformed': { means: 'the certificate is not strict DER', next: NEXT.signAgain },
  'certificate-purpose': {
    means: 'the certificate is not made for code signing',
    next: 'sign with a code-signing certificate; a private PKI can be trusted with relax: ["code-signing"]',
  },
  'certificate-purpose-relaxed': {
    means: 'the certificate is not made for code signing, which the trusted PKI’s settings allow',
    next: 'nothing: it is noted because it weakens the check',
  },
  deadline: {
    means: 'the deadline passed before it was checked, so nothing is known about it',
    next: 'give the call more time (timeoutMs, --timeout)',
  },
  'envelope-malformed': { means: 'the DSSE envelope can’t be read', next: NEXT.signAgain },
  'internal-error': {
    means: 'checking it failed with an error in Sigtrail’s own code; whether it counts stays open',
    next: NEXT.report,
  },
  'log-checkpoint-invalid': {
    means: 'the checkpoint bears the name of a trusted log, but is not signed with its key',
    next: NEXT.dontRun,
  },
  'log-checkpoint-malformed': { means: 'the checkpoint is not a signed note', next: NEXT.signAgain },
  'log-checkpoint-mismatch': {
    means: 'the checkpoint and the inclusion proof are about different trees',
    next: NEXT.dontRun,
  },
  'log-checkpoint-unsigned': { means: 'the log did not sign the checkpoint', next: NEXT.dontRun },
  'log-entry-duplicate': {
    means: 'the same log entry is there twice, which an honest signer never writes',
    next: NEXT.dontRun,
  },
  'log-entry-envelope-mismatch': {
    means: 'the attestation is not, byte for byte, the envelope in its log entry',
    next: NEXT.dontRun,
  },
  'log-entry-hash-mismatch': OF_ANOTHER_ENTRY,
  'log-entry-key-mismatch': OF_ANOTHER_ENTRY,
  'log-entry-kind-mismatch': { means: 'the log entry’s body is not of the kind that it names', next: NEXT.dontRun },
  'log-entry-kind-unknown': {
    means: 'the log entry has an unknown kind',
    next: 'update Sigtrail, or sign with a tool that writes hashedrekord, dsse or intoto',
  },
  'log-entry-malformed': { means: 'the log entry can’t be read', next: NEXT.signAgain },
  'log-entry-retired': {
    means: 'the log entry has a form that Rekor v2 stopped writing in 2026 (dsse 0.0.2, pure Ed25519)',
    next: 'sign again; for a private log that still writes it, leave refuseRetiredEntries out of its trusted root',
  },
  'log-entry-signature-mismatch': OF_ANOTHER_ENTRY,
  'log-inclusion-invalid': { means: 'the inclusion proof does not lead to the root of the tree', next: NEXT.dontRun },
  'log-inclusion-missing': {
    means: 'the log gave neither a proof of inclusion nor a promise',
    next: NEXT.signAgain,
  },
  'log-missing': {
    means: 'no trusted transparency log has the signature on record, or fewer logs than the policy requires',
    next: 'sign with a transparency log (cosign’s default), or accept signatures without one (--insecure-ignore-tlog, require: { log: 0 })',
  },
  'log-not-valid': {
    means: 'according to the trusted root, the log was not in use when the entry was made',
    next: NEXT.refreshTrust,
  },
  'log-set-invalid': { means: 'the log’s promise of inclusion (SET) is not signed with its key', next: NEXT.dontRun },
  'log-time-in-future': {
    means: 'the log’s time for the entry is later than now',
    next: 'check this machine’s clock; if it is right, don’t run the image',
  },
  'log-unknown': {
    means: 'its log entry comes from a log that the trusted root does not have',
    next: NEXT.refreshTrust,
  },
  'no-verified-time': {
    means: 'no trusted log or timestamp authority says when the certificate was used',
    next: 'sign with a transparency log or a timestamp authority that the trusted root has',
  },
  'not-fetched': {
    means: 'its bytes could not be fetched, so nothing is known about it',
    next: NEXT.lookAgain,
  },
  'payload-digest-mismatch': {
    means: 'its bytes do not have the digest that the registry lists',
    next: NEXT.dontRun,
  },
  'payload-malformed': { means: 'the signed payload can’t be read', next: NEXT.signAgain },
  'payload-type': {
    means: 'the signed payload is neither simple signing nor in-toto',
    next: NEXT.signAgain,
  },
  'predicate-malformed': {
    means: 'the predicate does not have the shape of its type',
    next: 'attest again with a tool that follows the type',
  },
  'sct-duplicate': {
    means: 'the same certificate timestamp is there twice, which an honest authority never writes',
    next: NEXT.dontRun,
  },
  'sct-in-future': {
    means: 'the certificate timestamp is in the future',
    next: 'check this machine’s clock; if it is right, don’t run the image',
  },
  'sct-invalid': { means: 'the certificate timestamp is not signed with the key of its log', next: NEXT.dontRun },
  'sct-log-not-valid': {
    means: 'according to the trusted root, the certificate log was not in use then',
    next: NEXT.refreshTrust,
  },
  'sct-log-unknown': { means: 'the certificate log is not in the trusted root', next: NEXT.refreshTrust },
  'sct-malformed': { means: 'the certificate timestamp can’t be read', next: NEXT.dontRun },
  'sct-missing': {
    means:
      'no trusted certificate log has the certificate on record, or fewer than the policy requires: its authority may have issued it in secret',
    next: 'give the trusted root of the instance that issued it, or accept certificates that are in no log (--insecure-ignore-sct, require: { sct: 0 })',
  },
  'second-judge-not-applicable': {
    means: 'the second judge, @sigstore/verify, does not support this kind of input; our own checks all passed',
    next: 'nothing: the reason is in the report',
  },
  'second-judge-refused': {
    means: 'the second judge, @sigstore/verify, refuses what our own checks accept',
    next: NEXT.report,
  },
  'signature-invalid': {
    means: 'the signature does not verify: the payload was changed after signing, or a different key signed it',
    next: NEXT.dontRun,
  },
  'signature-key-unsupported': {
    means: 'the key has a kind or size that is not accepted',
    next: 'sign with ECDSA on a NIST curve, Ed25519, RSA of at least 2048 bits, or ML-DSA on a Node that has it',
  },
  'signature-malformed': { means: 'the signature can’t be read', next: NEXT.signAgain },
  'signature-missing': { means: 'it contains no signature', next: NEXT.signAgain },
  'signature-needs-bytes': {
    means: 'a signature of this kind can’t be checked with a digest alone',
    next: 'give verifyBundle the artifact’s bytes',
  },
  'statement-malformed': { means: 'the in-toto statement can’t be read', next: NEXT.signAgain },
  'subject-mismatch': {
    means: 'it is a signature of something else: another image, or another version of this one',
    next: 'check which image you meant; a signature that was copied here says nothing about this one',
  },
  'time-missing': {
    means: 'no trusted log or timestamp authority says when the signature was made, or fewer than the policy requires',
    next: 'sign with a transparency log or a timestamp authority that the trusted root has',
  },
  'timestamp-authority-not-valid': {
    means: 'according to the trusted root, the timestamp authority was not in use then',
    next: NEXT.refreshTrust,
  },
  'timestamp-authority-unknown': {
    means: 'the timestamp authority is not in the trusted root',
    next: NEXT.refreshTrust,
  },
  'timestamp-chain': { means: 'the timestamp’s certificates do not lead to its authority', ...BAD_TIMESTAMP },
  'timestamp-duplicate': {
    means: 'the same timestamp is there twice, which an honest signer never writes',
    next: NEXT.dontRun,
  },
  'timestamp-imprint': { means: 'the timestamp covers a different signature', next: NEXT.dontRun },
  'timestamp-in-future': {
    means: 'the timestamp is in the future',
    next: 'check this machine’s clock; if it is right, don’t run the image',
  },
  'timestamp-malformed': { means: 'the timestamp can’t be read', ...BAD_TIMESTAMP },
  'timestamp-missing': { means: 'the policy requires a timestamp, and the signature has none', ...BAD_TIMESTAMP },
  'timestamp-not-asked': { means: 'the policy ignores timestamps, so this one was not checked', next: 'nothing' },
  'timestamp-purpose': { means: 'the certificate of the timestamp is not made for timestamping', ...BAD_TIMESTAMP },
  'timestamp-signature': { means: 'the timestamp is not signed by its authority', next: NEXT.dontRun },
  'timestamp-signing-certificate': {
    means: 'the timestamp does not name the certificate that signed it',
    next: NEXT.dontRun,
  },
  'timestamp-unverified': {
    means: 'the policy requires a timestamp, and none of those present can be verified',
    ...BAD_TIMESTAMP,
  },
};
