import { createHash, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';

import { formatCheckpoint, formatCheckpointText, parseCheckpoint } from './checkpoint.ts';
import { decodeBase64, encodeHex } from '@sigtrail/encoding';
import { checkpointKeyHints, logIdOf, verifyCheckpointSignature, verifyLogSignature } from './log-key.ts';

const BYTES = Buffer.from('signed by a log');
const KEYS = {
  'P-256': generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  'P-384': generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  'P-521': generateKeyPairSync('ec', { namedCurve: 'P-521' }),
  Ed25519: generateKeyPairSync('ed25519'),
  RSA: generateKeyPairSync('rsa', { modulusLength: 2048 }),
};

describe('verifyLogSignature', () => {
  it.each<[keyof typeof KEYS, string | null]>([
    ['P-256', 'sha256'],
    ['P-384', 'sha384'],
    ['P-384', 'sha256'],
    ['P-521', 'sha512'],
    ['P-521', 'sha256'],
    ['Ed25519', null],
    ['RSA', 'sha256'],
  ])('accepts %s with %s, but not over other bytes or by a different key', (name, hash) => {
    const { privateKey, publicKey } = KEYS[name];
    const signature = sign(hash, BYTES, privateKey);
    expect(verifyLogSignature(publicKey, BYTES, signature)).toBe(true);
    expect(verifyLogSignature(publicKey, Buffer.from('other bytes'), signature)).toBe(false);
    const stranger = name === 'P-256' ? KEYS['P-384'] : KEYS['P-256'];
    expect(verifyLogSignature(stranger.publicKey, BYTES, signature)).toBe(false);
  });

  it.each<[keyof typeof KEYS, string]>([
    ['P-256', 'sha384'],
    ['P-384', 'sha512'],
    ['RSA', 'sha1'],
  ])('refuses %s with %s', (name, hash) => {
    const { privateKey, publicKey } = KEYS[name];
    expect(verifyLogSignature(publicKey, BYTES, sign(hash, BYTES, privateKey))).toBe(false);
  });

  it('treats bytes that are not a signature as a signature that fails', () => {
    for (const { publicKey } of Object.values(KEYS)) {
      expect(verifyLogSignature(publicKey, BYTES, new Uint8Array())).toBe(false);
      expect(verifyLogSignature(publicKey, BYTES, new Uint8Array(64))).toBe(false);
    }
  });

  it.each([
    ['a private key', KEYS['P-256'].privateKey],
    ['a curve without a rule', generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey],
    ['a key type without a rule', generateKeyPairSync('ed448').publicKey],
  ])('refuses %s', (_what, key) => {
    expect(() => verifyLogSignature(key, BYTES, new Uint8Array(64))).toThrow(
      expect.objectContaining({ code: 'unsupported-key' }),
    );
  });
});

describe('checkpointKeyHints', () => {
  it('gives the id of the example in golang.org/x/mod/sumdb/note for an Ed25519 key', () => {
    // PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW: 0x01 and the key
    const raw = decodeBase64('ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW')?.subarray(1) ?? new Uint8Array();
    const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), raw]);
    const key = createPublicKey({ key: spki, format: 'der', type: 'spki' });
    expect(checkpointKeyHints(key, 'PeterNeumann').map(encodeHex)).toEqual([
      'c74f20a3',
      encodeHex(logIdOf(key)).slice(0, 8),
    ]);
  });

  it('gives the start of the log id for ECDSA and RSA', () => {
    for (const name of ['P-256', 'RSA'] as const) {
      const { publicKey } = KEYS[name];
      const spki = publicKey.export({ format: 'der', type: 'spki' });
      expect(encodeHex(logIdOf(publicKey))).toBe(createHash('sha256').update(spki).digest('hex'));
      expect(checkpointKeyHints(publicKey, 'any name')).toEqual([logIdOf(publicKey).subarray(0, 4)]);
    }
  });
});

describe('verifyCheckpointSignature', () => {
  const statement = { origin: 'log.example', size: 5n, rootHash: new Uint8Array(32), extensions: [] };
  const lineOf = (name: keyof typeof KEYS, keyName = 'log.example', text = formatCheckpointText(statement)) => ({
    name: keyName,
    keyHint: checkpointKeyHints(KEYS[name].publicKey, 'log.example')[0] ?? new Uint8Array(),
    signature: sign(name === 'Ed25519' ? null : 'sha256', Buffer.from(text), KEYS[name].privateKey),
  });
  const checkpointOf = (...signatures: ReturnType<typeof lineOf>[]) =>
    parseCheckpoint(formatCheckpoint({ ...statement, signatures }));
  const trusted = { key: KEYS.Ed25519.publicKey, name: 'log.example' };
  const good = lineOf('Ed25519');

  it.each<[string, 'valid' | 'invalid' | 'absent', ReturnType<typeof checkpointOf>]>([
    ['its line', 'valid', checkpointOf(good)],
    [
      'its line after lines of strangers',
      'valid',
      checkpointOf(lineOf('P-256', 'witness.example'), lineOf('RSA'), good),
    ],
    [
      'a failing line of the same name by another key',
      'valid',
      checkpointOf(good, lineOf('P-256', 'log.example', 'other\n')),
    ],
    ['a line over another text', 'invalid', checkpointOf(lineOf('Ed25519', 'log.example', 'other\n'))],
    [
      'a good and a failing line of the key',
      'invalid',
      checkpointOf(good, lineOf('Ed25519', 'log.example', 'other\n')),
    ],
    ['no line of its name', 'absent', checkpointOf(lineOf('Ed25519', 'witness.example'))],
    ['no line of its key', 'absent', checkpointOf(lineOf('P-256'))],
  ])('with %s says %s', (_what, verdict, checkpoint) => {
    expect(verifyCheckpointSignature(checkpoint, trusted)).toBe(verdict);
  });

  it('accepts the line of an Ed25519 key under the older hint of Rekor v1', () => {
    const keyHint = checkpointKeyHints(trusted.key, trusted.name)[1] ?? new Uint8Array();
    expect(verifyCheckpointSignature(checkpointOf({ ...good, keyHint }), trusted)).toBe('valid');
    expect(verifyCheckpointSignature(checkpointOf({ ...good, keyHint: new Uint8Array(4) }), trusted)).toBe('absent');
  });
});
