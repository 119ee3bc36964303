import { createHash, constants, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { generateKeyPair, type KeyKind, type SigningOptions, signBytes } from '@sigtrail/testing';
import { describe, expect, it } from 'vitest';
import { knowsMlDsa } from './ml-dsa.ts';
import { createSignatures } from '../establish/signatures.ts';
import { matchSignature, needsBytes, type SignatureMatch, type SignedData, unsupportedKey } from './signature.ts';

const bytes = Buffer.from('what was signed');
type Algorithm = 'sha256' | 'sha384' | 'sha512';
const digestData = (algorithm: Algorithm): SignedData => ({
  algorithm,
  digest: createHash(algorithm).update(bytes).digest(),
});
const flipped = (signature: Buffer, at = signature.length - 1): Buffer => {
  const copy = Buffer.from(signature);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
};

const match = async (key: KeyObject, data: SignedData, signature: Uint8Array): Promise<SignatureMatch | undefined> =>
  matchSignature(key, data, signature, createSignatures());

type Case = readonly [algorithm: string, kind: KeyKind, options: SigningOptions, digest: Algorithm | undefined];
const CASES: readonly Case[] = [
  ['ECDSA with sha256', 'p256', {}, 'sha256'],
  ['ECDSA with sha384', 'p384', {}, 'sha384'],
  ['ECDSA with sha256', 'p384', { hash: 'sha256' }, 'sha256'],
  ['ECDSA with sha512', 'p521', {}, 'sha512'],
  ['ECDSA with sha256', 'p521', { hash: 'sha256' }, 'sha256'],
  ['RSA PKCS #1 v1.5 with sha256', 'rsa2048', {}, 'sha256'],
  ['RSA PKCS #1 v1.5 with sha384', 'rsa3072', { hash: 'sha384' }, 'sha384'],
  ['RSA PKCS #1 v1.5 with sha512', 'rsa4096', { hash: 'sha512' }, 'sha512'],
  ['RSA PSS with sha256', 'rsa2048', { padding: 'pss' }, undefined],
  ['RSA PSS with sha512', 'rsa4096', { padding: 'pss', hash: 'sha512' }, undefined],
  ['Ed25519', 'ed25519', {}, undefined],
  ['Ed25519ph', 'ed25519', { prehash: true }, undefined],
  ...(knowsMlDsa() ? (['44', '65', '87'] as const) : []).map(
    (size): Case => [`ML-DSA-${size}`, `ml-dsa-${size}`, {}, undefined],
  ),
];

describe('signatures', () => {
  it.each(CASES)('verify, and no neighbour of them does: %s by %s %j', async (algorithm, kind, options, digest) => {
    const key = generateKeyPair(kind);
    const signature = signBytes(key, bytes, options);
    expect(await match(key.publicKey, { bytes }, signature)).toEqual({ algorithm });
    expect(await match(key.publicKey, { bytes: Buffer.from('what was signed.') }, signature)).toBeUndefined();
    expect(await match(key.publicKey, { bytes }, flipped(signature))).toBeUndefined();
    expect(await match(key.publicKey, { bytes }, flipped(signature, 8))).toBeUndefined();
    expect(await match(key.publicKey, { bytes }, Buffer.alloc(0))).toBeUndefined();
    const other = generateKeyPair(kind.startsWith('rsa') ? 'rsa2048' : kind);
    expect(await match(other.publicKey, { bytes }, signature)).toBeUndefined();
    if (digest === undefined) return;
    expect(await match(key.publicKey, digestData(digest), signature)).toEqual({ algorithm });
    expect(await match(key.publicKey, digestData(digest), flipped(signature))).toBeUndefined();
    const wrong = { algorithm: digest, digest: createHash(digest).update('other').digest() };
    expect(await match(key.publicKey, wrong, signature)).toBeUndefined();
  });

  it('verify with a PSS salt of any length, and with a key that is for PSS only', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa-pss', { modulusLength: 2048 });
    for (const saltLength of [0, 20, 32, constants.RSA_PSS_SALTLEN_MAX_SIGN])
      expect(await match(publicKey, { bytes }, sign('sha256', bytes, { key: privateKey, saltLength }))).toEqual({
        algorithm: 'RSA PSS with sha256',
      });
  });

  it('keep to the hash that a PSS key is bound to', async () => {
    const bound = generateKeyPairSync('rsa-pss', {
      modulusLength: 2048,
      hashAlgorithm: 'sha384',
      mgf1HashAlgorithm: 'sha384',
    });
    expect((await match(bound.publicKey, { bytes }, sign('sha384', bytes, bound.privateKey)))?.algorithm).toBe(
      'RSA PSS with sha384',
    );
  });

  it('are not verified with a hash that the key is never used with', async () => {
    const p256 = generateKeyPair('p256');
    expect(await match(p256.publicKey, { bytes }, sign('sha512', bytes, p256.privateKey))).toBeUndefined();
    const rsa = generateKeyPair('rsa2048');
    expect(await match(rsa.publicKey, { bytes }, sign('sha1', bytes, rsa.privateKey))).toBeUndefined();
  });
});

describe('keys', () => {
  it.each<readonly [string, () => KeyObject]>([
    ['RSA of 1024 bits', () => generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey],
    ['secp256k1', () => generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey],
    ['X25519', () => generateKeyPairSync('x25519').publicKey],
    ['DSA', () => generateKeyPairSync('dsa', { modulusLength: 2048, divisorLength: 256 }).publicKey],
    [
      'RSA-PSS with SHA-1',
      () => generateKeyPairSync('rsa-pss', { modulusLength: 2048, hashAlgorithm: 'sha1' }).publicKey,
    ],
  ])('are refused by name: %s', (_, make) => {
    expect(unsupportedKey(make())).toMatch(/supported|bits/);
  });

  it('say when a digest alone is not enough', () => {
    const answers = (['p256', 'p384', 'p521', 'rsa2048', 'ed25519'] as const).map((kind) =>
      needsBytes(generateKeyPair(kind).publicKey, digestData('sha384')),
    );
    expect(answers).toEqual([true, false, true, false, true]);
  });
});
