import { createHash, createPublicKey, ECDH, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { keyMaterial, keySpellings } from './key-spellings.ts';
import { keyFingerprint } from './public-key.ts';

const sha256 = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const spkiOf = (key: KeyObject): Buffer => key.export({ format: 'der', type: 'spki' });

/** The numbers of an RSA-PSS key as a plain RSA key: what follows the algorithm in both. */
function plainOf(pss: KeyObject): KeyObject {
  const spki = spkiOf(pss);
  // RSAPublicKey is a SEQUENCE of 0x0a or 0x0102 bytes beside the bit string's zero byte.
  const at = spki.lastIndexOf(Buffer.from('003082', 'hex'), -256);
  return createPublicKey({ key: spki.subarray(at + 1), format: 'der', type: 'pkcs1' });
}

// Node's types want text where Node wants a number.
interface PssOptions {
  readonly hashAlgorithm?: string;
  readonly mgf1HashAlgorithm?: string;
  readonly saltLength?: number;
}

describe('the spellings of an RSA key', () => {
  it.each<[string, PssOptions]>([
    ['no parameters', {}],
    ['SHA-256', { hashAlgorithm: 'sha256', mgf1HashAlgorithm: 'sha256', saltLength: 32 }],
    ['SHA-384', { hashAlgorithm: 'sha384', mgf1HashAlgorithm: 'sha384', saltLength: 48 }],
    ['SHA-512', { hashAlgorithm: 'sha512', mgf1HashAlgorithm: 'sha512', saltLength: 64 }],
    ['SHA-256 and a mask of SHA-1', { hashAlgorithm: 'sha256', mgf1HashAlgorithm: 'sha1', saltLength: 20 }],
    ['SHA-1, all of it the default', { hashAlgorithm: 'sha1', mgf1HashAlgorithm: 'sha1', saltLength: 20 }],
    ['no salt', { hashAlgorithm: 'sha256', mgf1HashAlgorithm: 'sha256', saltLength: 0 }],
    ['the longest salt', { hashAlgorithm: 'sha256', mgf1HashAlgorithm: 'sha256', saltLength: 222 }],
  ])('hold RSASSA-PSS with %s as OpenSSL writes it, and both are one key', (_, options) => {
    const { publicKey: pss } = generateKeyPairSync('rsa-pss', { modulusLength: 2048, ...(options as object) });
    const plain = plainOf(pss);
    expect([pss.asymmetricKeyType, plain.asymmetricKeyType]).toEqual(['rsa-pss', 'rsa']);
    expect(keySpellings(plain)).toContain(sha256(spkiOf(pss)));
    expect(keySpellings(pss)).toContain(sha256(spkiOf(plain)));
    expect(keyMaterial(pss)).toBe(keyFingerprint(plain));
  });

  it('are those of no other key', () => {
    const [a, b] = [0, 1].map(() => generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey);
    const others = new Set(b === undefined ? [] : keySpellings(b));
    expect(a === undefined ? [] : keySpellings(a).filter((one) => others.has(one))).toEqual([]);
  });
});

describe('the spellings of an EC key', () => {
  it.each([
    ['prime256v1', 65],
    ['secp384r1', 97],
    ['secp521r1', 133],
  ])('on %s hold each form of its point', (namedCurve, length) => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve });
    const spki = spkiOf(publicKey);
    const point = spki.subarray(-length);
    for (const form of ['compressed', 'hybrid', 'uncompressed'] as const) {
      const { publicKey: written } = generateKeyPairSync('ec', { namedCurve });
      expect(keySpellings(publicKey)).not.toContain(keyFingerprint(written));
      const bytes = ECDH.convertKey(point, namedCurve, undefined, undefined, form) as Buffer;
      const head = Buffer.from(spki.subarray(0, spki.length - point.length));
      const shorter = point.length - bytes.length;
      expect(keySpellings(publicKey)).toContain(sha256(Buffer.concat([shorten(head, shorter), bytes])));
    }
  });
});

/** The lengths before a point that is shorter by some bytes: of the whole, and of the bit string. */
function shorten(head: Buffer, bytes: number): Buffer {
  if (bytes === 0) return head;
  const algorithm = head.subarray(head.indexOf(Buffer.of(0x30), 1), head.lastIndexOf(Buffer.of(0x03)));
  const bits = head.at(-2) === undefined ? 0 : (head.at(-2) ?? 0) - bytes;
  const whole = algorithm.length + 2 + bits;
  return Buffer.concat([
    Buffer.from(whole < 0x80 ? [0x30, whole] : [0x30, 0x81, whole]),
    algorithm,
    Buffer.from([0x03, bits, 0]),
  ]);
}
