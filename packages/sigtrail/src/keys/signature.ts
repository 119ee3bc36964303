import { createRequire } from 'node:module';
import { constants, type KeyObject, publicDecrypt } from 'node:crypto';
import type * as Ed25519 from '@noble/curves/ed25519.js';
import type * as Nist from '@noble/curves/nist.js';
import { keyFingerprint, type Memo, NO_MEMO, type VerifySignature } from '../establish/memo.ts';
import { namedCurve } from './named-curve.ts';

export { keyFingerprint } from '../establish/memo.ts';

interface Noble {
  readonly ed25519: typeof Ed25519;
  readonly nist: typeof Nist;
}

const load = createRequire(import.meta.url);

/** Only what node:crypto leaves out needs these curves, and loading them takes as long as many verifications. */
function noble<Name extends keyof Noble>(name: Name): Noble[Name] {
  return load(`@noble/curves/${name}.js`) as Noble[Name];
}

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
      return String(key.asymmetricKeyType);
  }
}

const verdicts = new WeakMap<KeyObject, { readonly unsupported: string | undefined }>();

/** Why a key can't be used at all, or `undefined` when it can. */
export function unsupportedKey(key: KeyObject): string | undefined {
  let known = verdicts.get(key);
  if (known === undefined) verdicts.set(key, (known = { unsupported: whyUnsupported(key) }));
  return known.unsupported;
}

function whyUnsupported(key: KeyObject): string | undefined {
  if (key.asymmetricKeyType === 'ec') {
    const curve = namedCurve(key);
    return CURVE_HASHES[curve ?? ''] === undefined ? `curve ${curve} is not supported` : undefined;
  }
  const details = key.asymmetricKeyDetails;
  switch (key.asymmetricKeyType) {
    case 'rsa':
    case 'rsa-pss':
      if ((details?.modulusLength ?? 0) < 2048 || (details?.modulusLength ?? 0) > 8192)
        return 'RSA keys must have 2048 to 8192 bits';
      // With the exponent 1 every number is its own signature.
      if ((details?.publicExponent ?? 0n) < 3n) return 'RSA keys must have an exponent of 3 or more';
      return details?.hashAlgorithm === undefined || RSA_HASHES.includes(details.hashAlgorithm)
        ? undefined
        : `RSA-PSS keys with ${details.hashAlgorithm} are not supported`;
    case 'ed25519':
      return undefined;
    default:
      return `${key.asymmetricKeyType} keys are not supported`;
  }
}

/**
 * Verifies a signature with the algorithms that this kind of key is used with in Sigstore: ECDSA with the curve's hash
 * (SHA-256 too for P-384 and P-521), RSA PKCS #1 v1.5 and PSS, Ed25519 and Ed25519ph. Returns how, or `undefined`.
 */
export function matchSignature(
  key: KeyObject,
  data: SignedData,
  signature: Uint8Array,
  memo: Memo = NO_MEMO,
): SignatureMatch | undefined {
  if (unsupportedKey(key) !== undefined || needsBytes(key, data)) return undefined;
  // Hashing what is long for a key to remember it by costs more than most signatures.
  if (!('bytes' in data) || data.bytes.length > MAX_REMEMBERED_BYTES)
    return match(key, data, signature, NO_MEMO.verify);
  return memo.byBytes('signature', [keyFingerprint(key), data.bytes, signature], () => ({
    match: match(key, data, signature, memo.verify),
  })).match;
}

const MAX_REMEMBERED_BYTES = 65_536;

function match(
  key: KeyObject,
  data: SignedData,
  signature: Uint8Array,
  verify: VerifySignature,
): SignatureMatch | undefined {
  try {
    return 'bytes' in data ? matchBytes(key, data.bytes, signature, verify) : matchDigest(key, data, signature);
  } catch {
    return undefined; // an encoding that this kind of key never has: not its signature
  }
}

/** True when only a digest is at hand, and no signature of this key can be verified with that digest alone. */
export function needsBytes(key: KeyObject, data: SignedData): boolean {
  if ('bytes' in data) return false;
  switch (key.asymmetricKeyType) {
    case 'ec':
      return CURVE_HASHES[namedCurve(key) ?? '']?.includes(data.algorithm) !== true;
    case 'rsa':
      return false;
    default:
      return true; // Ed25519 hashes the message in a way of its own; for PSS Node takes no digest
  }
}

function matchBytes(
  key: KeyObject,
  bytes: Uint8Array,
  signature: Uint8Array,
  verify: VerifySignature,
): SignatureMatch | undefined {
  switch (key.asymmetricKeyType) {
    case 'ed25519':
      if (verify(null, bytes, key, signature)) return { algorithm: 'Ed25519' };
      // RFC 8032 §5.1.7 to the letter, without the laxness that blockchains agreed on (ZIP 215).
      return noble('ed25519').ed25519ph.verify(signature, bytes, rawEd25519(key), { zip215: false })
        ? { algorithm: 'Ed25519ph' }
        : undefined;
    case 'ec': {
      const hashes = CURVE_HASHES[namedCurve(key) ?? ''] ?? [];
      const verifyWith = oneOf(hashes, verify);
      const hash = hashes.find((name) => verifyWith(name, bytes, key, signature));
      return hash === undefined ? undefined : { algorithm: `ECDSA with ${hash}` };
    }
    case 'rsa':
      return matchRsa(key, bytes, signature, RSA_HASHES);
    default: {
      const hash = key.asymmetricKeyDetails?.hashAlgorithm;
      return matchPss(key, bytes, signature, hash === undefined ? RSA_HASHES : [hash], verify);
    }
  }
}

/** With several hashes only the answer tells which one it is, so it has to be had on the spot. */
function oneOf(hashes: readonly string[], verify: VerifySignature): VerifySignature {
  return hashes.length === 1 ? verify : NO_MEMO.verify;
}

function matchRsa(
  key: KeyObject,
  bytes: Uint8Array,
  signature: Uint8Array,
  hashes: readonly string[],
): SignatureMatch | undefined {
  const padding = constants.RSA_PKCS1_PADDING;
  const hash = hashes.find((name) => NO_MEMO.verify(name, bytes, { key, padding }, signature));
  return hash === undefined
    ? matchPss(key, bytes, signature, hashes, NO_MEMO.verify)
    : { algorithm: `RSA PKCS #1 v1.5 with ${hash}` };
}

/** Go signs with the longest salt that fits, others with one as long as the hash: any length is read. */
function matchPss(
  key: KeyObject,
  bytes: Uint8Array,
  signature: Uint8Array,
  hashes: readonly string[],
  verify: VerifySignature,
): SignatureMatch | undefined {
  const padding = constants.RSA_PKCS1_PSS_PADDING;
  const saltLength = constants.RSA_PSS_SALTLEN_AUTO;
  const verifyWith = oneOf(hashes, verify);
  const hash = hashes.find((name) => verifyWith(name, bytes, { key, padding, saltLength }, signature));
  return hash === undefined ? undefined : { algorithm: `RSA PSS with ${hash}` };
}

type GivenDigest = Extract<SignedData, { readonly digest: Uint8Array }>;

/** Node has no "verify this digest": ECDSA over a given digest goes through `@noble/curves`, RSA through what its signature holds. */
function matchDigest(
  key: KeyObject,
  { digest, algorithm }: GivenDigest,
  signature: Uint8Array,
): SignatureMatch | undefined {
  if (key.asymmetricKeyType === 'rsa') {
    // RFC 8017 §8.2.2: the whole DigestInfo is compared, so nothing can hide behind the digest.
    const expected = Buffer.concat([Buffer.from(DIGEST_INFO[algorithm], 'hex'), digest]);
    return publicDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, signature).equals(expected)
      ? { algorithm: `RSA PKCS #1 v1.5 with ${algorithm}` }
      : undefined;
  }
  const { p256, p384, p521 } = noble('nist');
  const curve = { prime256v1: p256, secp384r1: p384, secp521r1: p521 }[namedCurve(key) ?? ''];
  if (curve === undefined) return undefined;
  const jwk = key.export({ format: 'jwk' });
  const point = Buffer.concat([
    Buffer.from([4]),
    Buffer.from(jwk.x ?? '', 'base64url'),
    Buffer.from(jwk.y ?? '', 'base64url'),
  ]);
  return curve.verify(signature, digest, point, { prehash: false, format: 'der', lowS: false })
    ? { algorithm: `ECDSA with ${algorithm}` }
    : undefined;
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
