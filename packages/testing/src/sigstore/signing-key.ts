import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';

/** The kinds of key that the fake Sigstore makes. */
export type KeyKind = 'p256' | 'p384' | 'ed25519' | 'rsa2048';

/** A key pair in every form the test kit needs. */
export interface SigningKey {
  readonly kind: KeyKind;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** DER SubjectPublicKeyInfo. */
  readonly spki: Buffer;
  /** PEM `PUBLIC KEY`, as a policy names it. */
  readonly pem: string;
  /** The same pair for `@peculiar/x509`, which only takes Web Crypto keys. */
  readonly webCryptoKeys: CryptoKeyPair;
}

const GENERATE = {
  p256: { name: 'ECDSA', namedCurve: 'P-256' },
  p384: { name: 'ECDSA', namedCurve: 'P-384' },
  ed25519: { name: 'Ed25519' },
  rsa2048: { name: 'RSASSA-PKCS1-v1_5', modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1), hash: 'SHA-256' },
} as const;

const DIGESTS = { p256: 'sha256', p384: 'sha384', ed25519: null, rsa2048: 'sha256' } as const;

/** Makes a fresh key pair. */
export async function generateKey(kind: KeyKind): Promise<SigningKey> {
  const webCryptoKeys = (await crypto.subtle.generateKey(GENERATE[kind], true, ['sign', 'verify'])) as CryptoKeyPair;
  const pkcs8 = await crypto.subtle.exportKey('pkcs8', webCryptoKeys.privateKey);
  const privateKey = createPrivateKey({ key: Buffer.from(pkcs8 as ArrayBuffer), format: 'der', type: 'pkcs8' });
  const publicKey = createPublicKey(privateKey);
  const spki = publicKey.export({ format: 'der', type: 'spki' });
  return { kind, privateKey, publicKey, spki, pem: toPem('PUBLIC KEY', spki), webCryptoKeys };
}

/** Signs with the hash that goes with the kind of key; ECDSA signatures are DER. */
export function signWith({ kind, privateKey }: SigningKey, bytes: Uint8Array): Buffer {
  return sign(DIGESTS[kind], bytes, privateKey);
}

/** The Web Crypto algorithm with which this key signs certificates. */
export function certificateAlgorithm({ kind }: SigningKey): { readonly name: string; readonly hash?: string } {
  if (kind === 'ed25519') return { name: 'Ed25519' };
  return { name: GENERATE[kind].name, hash: kind === 'p384' ? 'SHA-384' : 'SHA-256' };
}

/** One PEM block. */
export function toPem(label: 'PUBLIC KEY' | 'CERTIFICATE', der: Uint8Array): string {
  const lines = Buffer.from(der).toString('base64').replaceAll(/.{64}(?=.)/g, '$&\n');
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}
