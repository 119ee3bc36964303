import { constants, createHash, type KeyObject, verify } from 'node:crypto';
import { ed25519ph } from '@noble/curves/ed25519.js';
import { p256, p384, p521 } from '@noble/curves/nist.js';

/** What was signed: the bytes, or, when only a digest is at hand, the digest. */
export type SignedData =
  | { readonly bytes: Uint8Array }
  | { readonly digest: Uint8Array; readonly algorithm: 'sha256' | 'sha384' | 'sha512' };

/** A signature that verified, and how. */
export interface SignatureMatch {
  readonly algorithm: string;
}

const CURVE_HASHES: Readonly<Record<string, readonly string[]>> = {
  // The key's own hash first; SHA-256 too for the larger curves, as cosign wrote (sigstore-go compat, bundles up to v0.3).
  prime256v1: ['sha256'],
  secp384r1: ['sha384', 'sha256'],
  secp521r1: ['sha512', 'sha256'],
};

/** Names a key as reports do: `ECDSA P-256`, `RSA 2048`, `Ed25519`. */
export function describeKey(key: KeyObject): string {
  const details = key.asymmetricKeyDetails;
  switch (key.asymmetricKeyType) {
    case 'ec':
      return `ECDSA ${{ prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' }[details?.namedCurve ?? ''] ?? details?.namedCurve}`;
    case 'rsa':
      return `RSA ${details?.modulusLength}`;
    case 'ed25519':
      return 'Ed25519';
    default:
      return String(key.asymmetricKeyType);
  }
}

/** Why a key can't be used at all, or `undefined` when it can. */
export function unsupportedKey(key: KeyObject): string | undefined {
  const details = key.asymmetricKeyDetails;
  if (key.asymmetricKeyType === 'ec')
    return CURVE_HASHES[details?.namedCurve ?? ''] === undefined
      ? `curve ${details?.namedCurve} is not supported`
      : undefined;
  if (key.asymmetricKeyType === 'rsa')
    return (details?.modulusLength ?? 0) < 2048 || (details?.modulusLength ?? 0) > 8192
      ? 'RSA keys must have 2048 to 8192 bits'
      : undefined;
  return key.asymmetricKeyType === 'ed25519' ? undefined : `${key.asymmetricKeyType} keys are not supported`;
}

/**
 * Verifies a signature with the algorithms that this kind of key is used with in Sigstore: ECDSA with the curve's hash
 * (SHA-256 too for P-384 and P-521), RSA PKCS #1 v1.5 and PSS, Ed25519 and Ed25519ph. Returns how, or `undefined`.
 */
export function matchSignature(key: KeyObject, data: SignedData, signature: Uint8Array): SignatureMatch | undefined {
  if (unsupportedKey(key) !== undefined) return undefined;
  try {
    return 'bytes' in data ? matchBytes(key, data.bytes, signature) : matchDigest(key, data, signature);
  } catch {
    return undefined; // an encoding that this kind of key never has: not its signature
  }
}

function matchBytes(key: KeyObject, bytes: Uint8Array, signature: Uint8Array): SignatureMatch | undefined {
  if (key.asymmetricKeyType === 'ed25519') {
    if (verify(null, bytes, key, signature)) return { algorithm: 'Ed25519' };
    return ed25519ph.verify(signature, bytes, rawEd25519(key)) ? { algorithm: 'Ed25519ph' } : undefined;
  }
  if (key.asymmetricKeyType === 'ec') {
    const hash = CURVE_HASHES[key.asymmetricKeyDetails?.namedCurve ?? '']?.find((name) =>
      verify(name, bytes, key, signature),
    );
    return hash === undefined ? undefined : { algorithm: `ECDSA with ${hash}` };
  }
  for (const hash of ['sha256', 'sha384', 'sha512']) {
    if (verify(hash, bytes, { key, padding: constants.RSA_PKCS1_PADDING }, signature))
      return { algorithm: `RSA PKCS #1 v1.5 with ${hash}` };
    if (
      verify(
        hash,
        bytes,
        { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST },
        signature,
      )
    )
      return { algorithm: `RSA PSS with ${hash}` };
  }
  return undefined;
}

/** Node has no "verify this digest": ECDSA over a given digest goes through `@noble/curves`. */
function matchDigest(
  key: KeyObject,
  data: { readonly digest: Uint8Array; readonly algorithm: string },
  signature: Uint8Array,
): SignatureMatch | undefined {
  const curve = { prime256v1: p256, secp384r1: p384, secp521r1: p521 }[key.asymmetricKeyDetails?.namedCurve ?? ''];
  if (curve === undefined) return undefined;
  const jwk = key.export({ format: 'jwk' });
  const point = Buffer.concat([
    Buffer.from([4]),
    Buffer.from(jwk.x ?? '', 'base64url'),
    Buffer.from(jwk.y ?? '', 'base64url'),
  ]);
  return curve.verify(signature, data.digest, point, { prehash: false, format: 'der', lowS: false })
    ? { algorithm: `ECDSA with ${data.algorithm}` }
    : undefined;
}

function rawEd25519(key: KeyObject): Uint8Array {
  return Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url');
}

/** `sha256:` and the hex digest of a key's SPKI. */
export function keyFingerprint(key: KeyObject): string {
  return `sha256:${createHash('sha256')
    .update(key.export({ format: 'der', type: 'spki' }))
    .digest('hex')}`;
}
