import { constants, type KeyObject, verify, type VerifyKeyObjectInput } from 'node:crypto';
import type { SignedEntity } from '@sigstore/verify';

type Content = SignedEntity['signature'];

/**
 * The content of a signature, for more keys than `@sigstore/verify` tries: RSA with PSS padding, and the larger curves and Ed25519 over
 * what a cosign layer holds, since the layer doesn't say which hash its key signed with.
 */
export function contentOfBytes(content: Content, bytes: Uint8Array, isLayer: boolean): Content {
  const { signature } = content;
  return {
    signature,
    compareSignature: (other) => content.compareSignature(other),
    compareDigest: (digest) => content.compareDigest(digest),
    compareSignedDigest: (digest) => content.compareSignedDigest(digest),
    verifySignature: (key) =>
      content.verifySignature(key) ||
      (key.asymmetricKeyType === 'rsa'
        ? PSS_HASHES.some((hash) => holds(hash, bytes, { key, padding: constants.RSA_PKCS1_PSS_PADDING }, signature))
        : isLayer && hashesOf(key).some((hash) => holds(hash, bytes, key, signature))),
  };
}

const PSS_HASHES = ['sha256', 'sha384', 'sha512'] as const;

function hashesOf(key: KeyObject): readonly (string | null)[] {
  if (key.asymmetricKeyType === 'ed25519') return [null];
  switch (key.asymmetricKeyDetails?.namedCurve) {
    case 'secp384r1':
      return ['sha384', 'sha256'];
    case 'secp521r1':
      return ['sha512', 'sha256'];
    default:
      return [];
  }
}

function holds(
  hash: string | null,
  bytes: Uint8Array,
  key: KeyObject | VerifyKeyObjectInput,
  signature: Buffer,
): boolean {
  try {
    return verify(hash, bytes, key, signature);
  } catch {
    return false; // an encoding that no signature of this key has
  }
}
