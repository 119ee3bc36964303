import { constants, type KeyObject, publicDecrypt } from 'node:crypto';
import { rsaFault } from '@sigtrail/rekor/formats';
import type { Signatures } from '../establish/signatures.ts';
import { mlDsaName } from './ml-dsa.ts';
import { curveOf } from './public-key.ts';

/** What was signed: the bytes, or the digest if only that is known. */
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

const RSA_HASHES: readonly string[] = ['sha256', 'sha384', 'sha512'];

/** Names a key as reports do: `ECDSA P-256`, `RSA 2048`, `Ed25519`. */
export function describeKey(key: KeyObject): string {
  const details = key.asymmetricKeyDetails;
  switch (key.asymmetricKeyType) {
    case 'ec':
      return `ECDSA ${{ prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' }[details?.namedCurve ?? ''] ?? details?.namedCurve}`;
    case 'rsa':
      return `RSA ${details?.modulusLength}`;
    case 'rsa-pss':
      return `RSA-PSS ${details?.modulusLength}`;
    case 'ed25519':
      return 'Ed25519';
    default:
      return mlDsaName(key) ?? String(key.asymmetricKeyType);
  }
}

/** Why a key can't be used at all; `undefined` if it can. */
export function unsupportedKey(key: KeyObject): string | undefined {
  if (key.asymmetricKeyType === 'ec') {
    const curve = curveOf(key);
    return CURVE_HASHES[curve ?? ''] === undefined ? `curve ${curve} is not supported` : undefined;
  }
  switch (key.asymmetricKeyType) {
    case 'rsa':
    case 'rsa-pss': {
      const fault = rsaFault(key);
      if (fault !== undefined) return fault;
      const hash = key.asymmetricKeyDetails?.hashAlgorithm;
      return hash === undefined || RSA_HASHES.includes(hash)
        ? undefined
        : `RSA-PSS keys with ${hash} are not supported`;
    }
    case 'ed25519':
      return undefined;
    default:
      return mlDsaName(key) === undefined ? `${key.asymmetricKeyType} keys are not supported` : undefined;
  }
}

/**
 * Verifies a signature with the algorithms that this kind of key is used with in Sigstore: ECDSA with the curve's hash
 * (SHA-256 too for P-384 and P-521), RSA PKCS #1 v1.5 and PSS, Ed25519 and Ed25519ph, pure ML-DSA with an empty context. Resolves with how, or `undefined`.
 */
export async function matchSignature(
  key: KeyObject,
  data: SignedData,
  signature: Uint8Array,
  signatures: Signatures,
): Promise<SignatureMatch | undefined> {
  if (unsupportedKey(key) !== undefined || needsBytes(key, data)) return undefined;
  return 'bytes' in data ? matchBytes(key, data.bytes, signature, signatures) : matchDigest(key, data, signature);
}

/** Whether only a digest is known, and no signature by this key can be verified with that alone. */
export function needsBytes(key: KeyObject, data: SignedData): boolean {
  if ('bytes' in data) return false;
  switch (key.asymmetricKeyType) {
    case 'ec':
      return CURVE_HASHES[curveOf(key) ?? '']?.includes(data.algorithm) !== true;
    case 'rsa':
      return false;
    default:
      return true; // Ed25519 and ML-DSA hash the message in their own way; for PSS, Node takes no digest
  }
}

async function matchBytes(
  key: KeyObject,
  bytes: Uint8Array,
  signature: Uint8Array,
  signatures: Signatures,
): Promise<SignatureMatch | undefined> {
  switch (key.asymmetricKeyType) {
    case 'ed25519':
      if (await signatures.verify(null, bytes, key, signature)) return { algorithm: 'Ed25519' };
      return (await matchesEd25519ph(key, bytes, signature)) ? { algorithm: 'Ed25519ph' } : undefined;
    case 'ec':
      for (const hash of CURVE_HASHES[curveOf(key) ?? ''] ?? [])
        if (await signatures.verify(hash, bytes, key, signature)) return { algorithm: `ECDSA with ${hash}` };
      return undefined;
    case 'rsa':
      for (const hash of RSA_HASHES)
        if (await signatures.verify(hash, bytes, { key, padding: constants.RSA_PKCS1_PADDING }, signature))
          return { algorithm: `RSA PKCS #1 v1.5 with ${hash}` };
      return matchPss(key, bytes, signature, RSA_HASHES, signatures);
    default: {
      const mlDsa = mlDsaName(key);
      if (mlDsa !== undefined)
        return (await signatures.verify(null, bytes, key, signature)) ? { algorithm: mlDsa } : undefined;
      const hash = key.asymmetricKeyDetails?.hashAlgorithm;
      return matchPss(key, bytes, signature, hash === undefined ? RSA_HASHES : [hash], signatures);
    }
  }
}

/** Go signs with the longest salt that fits, others with a salt as long as the hash, so any length is accepted. */
async function matchPss(
  key: KeyObject,
  bytes: Uint8Array,
  signature: Uint8Array,
  hashes: readonly string[],
  signatures: Signatures,
): Promise<SignatureMatch | undefined> {
  const padded = { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO };
  for (const hash of hashes)
    if (await signatures.verify(hash, bytes, padded, signature)) return { algorithm: `RSA PSS with ${hash}` };
  return undefined;
}

// node:crypto lacks what the next two functions need, and loading these curves takes as long as many verifications.

/** RFC 8032 §5.1.7 to the letter, without the laxness that blockchains agreed on (ZIP 215). */
async function matchesEd25519ph(key: KeyObject, bytes: Uint8Array, signature: Uint8Array): Promise<boolean> {
  const { ed25519ph } = await import('@noble/curves/ed25519.js');
  try {
    return ed25519ph.verify(signature, bytes, rawEd25519(key), { zip215: false });
  } catch {
    return false; // an encoding that this kind of key never has, so not its signature
  }
}

type GivenDigest = Extract<SignedData, { readonly digest: Uint8Array }>;

/** Node has no "verify this digest": ECDSA over a given digest goes through `@noble/curves`, RSA through what its signature holds. */
async function matchDigest(
  key: KeyObject,
  { digest, algorithm }: GivenDigest,
  signature: Uint8Array,
): Promise<SignatureMatch | undefined> {
  const { p256, p384, p521 } = key.asymmetricKeyType === 'rsa' ? {} : await import('@noble/curves/nist.js');
  try {
    if (key.asymmetricKeyType === 'rsa') {
      // RFC 8017 §8.2.2: the whole DigestInfo is compared, so nothing can hide after the digest.
      const expected = Buffer.concat([Buffer.from(DIGEST_INFO[algorithm], 'hex'), digest]);
      return publicDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, signature).equals(expected)
        ? { algorithm: `RSA PKCS #1 v1.5 with ${algorithm}` }
        : undefined;
    }
    const curve = { prime256v1: p256, secp384r1: p384, secp521r1: p521 }[curveOf(key) ?? ''];
    const options = { prehash: false, format: 'der', lowS: false } as const;
    return curve?.verify(signature, digest, uncompressedPoint(key), options) === true
      ? { algorithm: `ECDSA with ${algorithm}` }
      : undefined;
  } catch {
    return undefined; // an encoding that this kind of key never has, so not its signature
  }
}

function uncompressedPoint(key: KeyObject): Uint8Array {
  const { x = '', y = '' } = key.export({ format: 'jwk' });
  return Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
}

/** The DER before the digest in a PKCS #1 v1.5 signature (RFC 8017 §9.2, note 1). */
const DIGEST_INFO: Readonly<Record<GivenDigest['algorithm'], string>> = {
  sha256: '3031300d060960864801650304020105000420',
  sha384: '3041300d060960864801650304020205000430',
  sha512: '3051300d060960864801650304020305000440',
};

function rawEd25519(key: KeyObject): Uint8Array {
  return Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url');
}
