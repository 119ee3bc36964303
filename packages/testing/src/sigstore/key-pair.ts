import {
  type CheckOption,
  checkOptions,
  optionError,
  type OptionTable,
  requireBytes,
  requireObject,
} from '@sigtrail/encoding';
import { aFlag, oneOf } from '../option-checks.ts';
import { constants, createHash, createPublicKey, generateKeyPairSync, KeyObject, sign } from 'node:crypto';
import { ed25519ph } from '@noble/curves/ed25519.js';
import { toPem } from './pem.ts';

/** The keys that signers, logs and authorities may have. */
export type KeyKind = 'p256' | 'p384' | 'p521' | 'rsa2048' | 'rsa3072' | 'rsa4096' | 'ed25519' | MlDsaKind;

/** FIPS 204, of Node 24.7 and later. */
export type MlDsaKind = 'ml-dsa-44' | 'ml-dsa-65' | 'ml-dsa-87';

/** Hashes of signatures, by their node:crypto names. */
export type HashName = 'sha256' | 'sha384' | 'sha512';

/** A key pair in the forms that signing and its tests need. */
export interface KeyPair {
  readonly kind: KeyKind;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** The public key as DER SubjectPublicKeyInfo. */
  readonly spki: Buffer;
  /** The public key as PEM, as `cosign.pub` has it. */
  readonly pem: string;
  /** What cosign writes as `publicKey.hint`: base64 SHA-256 of the SPKI. */
  readonly hint: string;
}

/** How bytes are signed; the default hash is the one that goes with the key. */
export interface SigningOptions {
  readonly hash?: HashName;
  /** RSA only; default `pkcs1`. */
  readonly padding?: 'pkcs1' | 'pss';
  /** Ed25519 only: Ed25519ph (RFC 8032 §5.1), as cosign signs messages; default false. */
  readonly prehash?: boolean;
}

const SIGNING_OPTIONS: OptionTable<SigningOptions> = {
  hash: oneOf('sha256', 'sha384', 'sha512'),
  padding: oneOf('pkcs1', 'pss'),
  prehash: aFlag,
};

/** A `KeyKind`, where one is an option. */
export const KEY_KIND: CheckOption = (value, name, door) => {
  if (typeof value !== 'string' || !Object.hasOwn(KEY_DETAILS, value))
    throw optionError('invalid-option', `${door}: "${name}" must be one of ${Object.keys(KEY_DETAILS).join(', ')}`);
};

/** A fresh key pair. */
export function generateKeyPair(kind: KeyKind = 'p256'): KeyPair {
  KEY_KIND(kind, 'kind', 'generateKeyPair');
  const { privateKey } = generate(kind);
  return keyPairOf(kind, privateKey);
}

/** The key pair of a private key you hold. */
export function keyPairOf(kind: KeyKind, privateKey: KeyObject): KeyPair {
  KEY_KIND(kind, 'kind', 'keyPairOf');
  if (!(privateKey instanceof KeyObject) || privateKey.type !== 'private')
    throw optionError('invalid-option', 'keyPairOf: "privateKey" must be a private KeyObject');
  const publicKey = createPublicKey(privateKey);
  const spki = publicKey.export({ format: 'der', type: 'spki' });
  const hint = createHash('sha256').update(spki).digest('base64');
  return { kind, privateKey, publicKey, spki, pem: toPem('PUBLIC KEY', spki), hint };
}

/** The hash that goes with a key; of pure Ed25519 it is only what digests beside the signature use. */
export function hashFor(kind: KeyKind, options: SigningOptions = {}): HashName {
  if (options.hash !== undefined) return options.hash;
  return kind === 'p384' ? 'sha384' : kind === 'p521' || options.prehash === true ? 'sha512' : 'sha256';
}

/** Signs bytes: ECDSA as DER, RSA as PKCS #1 v1.5 or PSS, Ed25519 over the bytes themselves or over their SHA-512 (Ed25519ph). */
export function signBytes(key: KeyPair, bytes: Uint8Array, options: SigningOptions = {}): Buffer {
  requireObject(key, 'signBytes', 'key', ['kind', 'privateKey']);
  requireBytes(bytes, 'signBytes', 'bytes');
  checkOptions(options, SIGNING_OPTIONS, 'signBytes');
  if (key.kind === 'ed25519')
    return options.prehash === true
      ? Buffer.from(ed25519ph.sign(bytes, Buffer.from(key.privateKey.export({ format: 'jwk' }).d ?? '', 'base64url')))
      : sign(null, bytes, key.privateKey);
  if (key.kind.startsWith('ml-dsa')) return sign(null, bytes, key.privateKey);
  const padding = options.padding === 'pss' ? constants.RSA_PKCS1_PSS_PADDING : constants.RSA_PKCS1_PADDING;
  const signer = key.kind.startsWith('rsa') ? { key: key.privateKey, padding } : key.privateKey;
  return sign(hashFor(key.kind, options), bytes, signer);
}

/** `keyDetails` of the Sigstore protobufs. */
export function keyDetails(kind: KeyKind): string {
  return KEY_DETAILS[kind];
}

const KEY_DETAILS: Readonly<Record<KeyKind, string>> = {
  p256: 'PKIX_ECDSA_P256_SHA_256',
  p384: 'PKIX_ECDSA_P384_SHA_384',
  p521: 'PKIX_ECDSA_P521_SHA_512',
  rsa2048: 'PKIX_RSA_PKCS1V15_2048_SHA256',
  rsa3072: 'PKIX_RSA_PKCS1V15_3072_SHA256',
  rsa4096: 'PKIX_RSA_PKCS1V15_4096_SHA256',
  ed25519: 'PKIX_ED25519',
  'ml-dsa-44': 'ML_DSA_44',
  'ml-dsa-65': 'ML_DSA_65',
  'ml-dsa-87': 'ML_DSA_87',
};

function generate(kind: KeyKind): { readonly privateKey: KeyObject } {
  switch (kind) {
    case 'p256':
      return generateKeyPairSync('ec', { namedCurve: 'P-256' });
    case 'p384':
      return generateKeyPairSync('ec', { namedCurve: 'P-384' });
    case 'p521':
      return generateKeyPairSync('ec', { namedCurve: 'P-521' });
    case 'rsa2048':
    case 'rsa3072':
    case 'rsa4096':
      return generateKeyPairSync('rsa', { modulusLength: Number(kind.slice(3)) });
    case 'ed25519':
      return generateKeyPairSync('ed25519');
    case 'ml-dsa-44':
    case 'ml-dsa-65':
    case 'ml-dsa-87':
      return generateKeyPairSync(kind);
  }
}
