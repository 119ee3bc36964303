import type { IssuedCertificate } from './certificate.ts';
import type { KeyPair } from './key-pair.ts';

/** Who signs: under a certificate, or with a key alone. */
export type Signer = IssuedCertificate | KeyPair;

/** Is it a certificate? */
export function isCertificate(signer: Signer): signer is IssuedCertificate {
  return 'der' in signer;
}

/** The key that makes the signature. */
export function signingKey(signer: Signer): KeyPair {
  return isCertificate(signer) ? signer.key : signer;
}

/** What a log entry says the signature verifies with. */
export interface EntryVerifier {
  readonly kind: 'certificate' | 'public-key';
  readonly der: Uint8Array;
  /** The key in it, for the `keyDetails` of Rekor v2. */
  readonly key: KeyPair;
}

/** What a log would be shown of this signer. */
export function verifierOf(signer: Signer): EntryVerifier {
  return isCertificate(signer)
    ? { kind: 'certificate', der: signer.der, key: signer.key }
    : { kind: 'public-key', der: signer.spki, key: signer };
}
