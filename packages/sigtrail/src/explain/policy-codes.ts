import type { OWN_REASON_CODES } from '../report/codes.ts';
import type { PolicyFaultCode } from './evidence-codes.ts';
import { type Explanation, NEXT } from './explanation.ts';

/** Codes that say what a policy lacks: those of checks, and those of its own parts. */
export const POLICY_CODES: Readonly<Record<PolicyFaultCode | (typeof OWN_REASON_CODES)[number], Explanation>> = {
  'annotation-mismatch': {
    means: 'a signed annotation that the policy requires is missing or has another value',
    next: 'have the publisher sign with it (cosign sign -a NAME=VALUE), or ask for what was signed',
  },
  'attestation-not-signature': {
    means: 'it is an attestation, and the policy requires a signature',
    next: 'ask for the attestation: attested(…), verify-attestation, or acceptAttestationsAsSignature',
  },
  'attestation-of-platform': {
    means: 'it attests a manifest that the index lists, but the question is about the index',
    next: 'ask with platforms (--platform each)',
  },
  'callback-refused': {
    means: 'the policy’s own code refuses it',
    next: 'its reason is in the report, under callbacks',
  },
  'callback-threw': {
    means: 'the policy’s own code threw, so the answer stays open',
    next: 'fix the callback; the error’s message is in the report',
  },
  'callback-timeout': {
    means: 'the policy’s own code did not answer in time, so the answer stays open',
    next: 'give the callback more time, or make it faster',
  },
  'certificate-denied': { means: 'the certificate is on the deny-list', next: NEXT.dontRun },
  'claim-mismatch': { means: 'a claim of the certificate is not what the policy requires', next: NEXT.changePolicy },
  'freshness-unprovable': {
    means: 'the policy limits the signature’s age, and nothing shows when a plain key signed',
    next: 'require a signature by certificate, or leave the age out',
  },
  'identity-denied': { means: 'the signer is on the deny-list', next: NEXT.dontRun },
  'identity-kind-mismatch': {
    means: 'the signer’s name has another kind (an address, a URI, …) than the policy requires',
    next: NEXT.changePolicy,
  },
  'identity-mismatch': { means: 'somebody else signed it than the policy requires', next: NEXT.changePolicy },
  'issuer-mismatch': {
    means: 'the signer’s issuer is not the one that the policy requires',
    next: NEXT.changePolicy,
  },
  'key-denied': { means: 'the key is on the deny-list', next: NEXT.dontRun },
  'key-expired': { means: 'the signature is later than the policy allows for this key', next: NEXT.changePolicy },
  'key-mismatch': {
    means: 'it is not signed with the key that you named, or it was changed after signing',
    next: 'check that the key is the one that the publisher signs with today; if it is, don’t run the image',
  },
  'key-not-yet-valid': {
    means: 'the signature is earlier than the policy allows for this key',
    next: NEXT.changePolicy,
  },
  'key-unavailable': {
    means: 'the key that the policy names could not be loaded, so nothing is known',
    next: 'check where the key comes from; the message says what failed',
  },
  'predicate-mismatch': { means: 'the attestation does not say what the policy requires', next: NEXT.changePolicy },
  'predicate-type-mismatch': {
    means: 'the attestation does not have the type that the policy requires',
    next: NEXT.changePolicy,
  },
  'profile-mismatch': {
    means: 'the certificate comes from another kind of authority (Fulcio, GitHub, private PKI) than the rule is about',
    next: NEXT.changePolicy,
  },
  'release-mismatch': {
    means: 'it attests another release than the policy names, or the statement’s parts disagree about the release',
    next: NEXT.changePolicy,
  },
  'signature-key-not-named': {
    means: 'it is signed with a key, but the policy names no key',
    next: 'name the key (--key), if you trust it',
  },
  'signature-rolled-back': {
    means: 'the image was signed before the signature or image that it must not be older than',
    next: 'run the newer image',
  },
  'signature-too-old': {
    means: 'the signature is older than the policy allows',
    next: 'sign the image again, or build a new one',
  },
  'signed-name-mismatch': {
    means: 'it was signed under another name than the reference that you gave',
    next: NEXT.changePolicy,
  },
  'signed-name-missing': {
    means: 'the signature names no repository, and the policy requires one',
    next: NEXT.changePolicy,
  },
  'signed-too-early': {
    means: 'the signature is earlier than the policy allows',
    next: NEXT.changePolicy,
  },
  'signer-is-certificate': {
    means: 'it is signed with a certificate, but the policy names a key',
    next: 'name the signer’s identity and issuer instead',
  },
  'signer-is-key': {
    means: 'it is signed with a key, and the policy requires an identity',
    next: 'name the key (--key) instead',
  },

  'negated-holds': { means: 'something that the policy forbids is there', next: NEXT.dontRun },
  'no-attestation': {
    means: 'no attestation of the type was found',
    next: 'attest the image, or look at what is attached (sigtrail tree)',
  },
  'no-signature': {
    means: 'no signature was found',
    next: 'sign the image, or look at what is attached (sigtrail tree)',
  },
  'not-all': {
    means: 'every attestation of these signers must hold, but one does not or could not be asked',
    next: 'look at the attestation that the message names',
  },
  'not-asked': {
    means: 'a callback about the image was not asked, because the rest of the policy does not hold',
    next: 'fix what does not hold',
  },
  'only-attestations': {
    means: 'there are attestations, but no signature',
    next: 'ask about its attestations (sigtrail verify-attestation IMAGE --type TYPE, attested(…)), or say that one counts as a signature (acceptAttestationsAsSignature)',
  },
  'operand-failed': { means: 'a part of the policy does not hold; it says why itself', next: 'look at the part' },
  'operand-unknown': { means: 'a part of the policy is undecided; it says why itself', next: 'look at the part' },
  'place-unread': { means: 'a place that may hold what the policy asks for could not be read', next: NEXT.lookAgain },
  'threshold-not-reached': {
    means: 'fewer rules were satisfied than the policy asks for',
    next: 'look at the unsatisfied rules',
  },
  'vex-refused': { means: 'a signed VEX statement speaks against the image', next: NEXT.dontRun },
};
