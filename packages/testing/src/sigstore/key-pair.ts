import 'reflect-metadata';
import { createHash, KeyObject, sign, webcrypto } from 'node:crypto';
import { cryptoProvider } from '@peculiar/x509';

cryptoProvider.set(webcrypto as Crypto);

/** The kinds of key that this Sigstore signs with. */
export type KeyKind = 'p256' | 'p384' | 'p521' | 'ed25519' | 'rsa2048';

const ALGORITHMS = {
  p256: {
    generate: { name: 'ECDSA', namedCurve: 'P-256' },
    sign: { name: 'ECDSA', hash: 'SHA-256' },
    hash: 'sha256',
    details: 'PKIX_ECDSA_P256_SHA_256',
  },
  p384: {
    generate: { name: 'ECDSA', namedCurve: 'P-384' },
    sign: { name: 'ECDSA', hash: 'SHA-384' },
    hash: 'sha384',
    details: 'PKIX_ECDSA_P384_SHA_384',
  },
  p521: {
    generate: { name: 'ECDSA', namedCurve: 'P-521' },
    sign: { name: 'ECDSA', hash: 'SHA-512' },
    hash: 'sha512',
    details: 'PKIX_ECDSA_P521_SHA_512',
  },
  ed25519: {
    generate: { name: 'Ed25519' },
    sign: { name: 'Ed25519', hash: 'SHA-512' },
    hash: null,
    details: 'PKIX_ED25519',
  },
  rsa2048: {
    generate: {
      name: 'RSASSA-PKCS1-v1_5',
      modulusLength: 2048,
      publicExponent: new Uint8Array([1, 0, 1]),
      hash: 'SHA-256',
    },
    sign: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
    hash: 'sha256',
    details: 'PKIX_RSA_PKCS1V15_2048_SHA256',
  },
} as const;

/** A key pair in the shapes that signing, certificates and trusted roots need. */
export interface KeyPair {
  readonly kind: KeyKind;
  readonly privateKey: webcrypto.CryptoKey;
  readonly publicKey: webcrypto.CryptoKey;
  /** DER SubjectPublicKeyInfo. */
  readonly spki: Uint8Array;
  /** PEM "PUBLIC KEY". */
  readonly pem: string;
  /** protobuf-specs name. */
  readonly details: string;
  /** For @peculiar/x509. */
  readonly algorithm: { readonly name: string; readonly hash: string };
  /** Signs with the key's own hash. */
  sign(bytes: Uint8Array): Uint8Array;
}

/** Makes a key pair with real cryptography. */
export async function generateKeyPair(kind: KeyKind = 'p256'): Promise<KeyPair> {
  const { generate, sign: algorithm, hash, details } = ALGORITHMS[kind];
  const { privateKey, publicKey } = (await webcrypto.subtle.generateKey(generate, true, [
    'sign',
    'verify',
  ])) as webcrypto.CryptoKeyPair;
  const secret = KeyObject.from(privateKey);
  const spki = KeyObject.from(publicKey).export({ format: 'der', type: 'spki' });
  return {
    kind,
    privateKey,
    publicKey,
    spki,
    pem: toPem('PUBLIC KEY', spki),
    details,
    algorithm,
    sign: (bytes) => sign(hash, bytes, secret),
  };
}

/** PEM text of one block. */
export function toPem(label: string, der: Uint8Array): string {
  return `-----BEGIN ${label}-----\n${(
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  ).join('\n')}\n-----END ${label}-----\n`;
}

/** SHA-256 of the parts, one after another. */
export function sha256(...parts: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}
