import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';

import { logIdOf, noteKeyId } from './log-key.ts';
import { parseCheckpoint } from './checkpoint.ts';
import { isLineOf, signatureLines, verifyCheckpoint } from './trusted-log.ts';

const ed25519 = generateKeyPairSync('ed25519').publicKey;
const ecdsa = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
const NAME = 'log.example';
const OWN_ID = Uint8Array.of(1, 2, 3, 4, 5);
const OTHER_ID = Uint8Array.of(6, 7, 8, 9, 10);
const line = (id: Uint8Array, name = NAME, bytes = 4): Parameters<typeof isLineOf>[1] => ({
  name,
  keyHint: id.subarray(0, bytes),
  signature: new Uint8Array(64),
});

describe('isLineOf', () => {
  it('knows a key by the hash of its SPKI, and by that of its name and key', () => {
    expect(isLineOf({ publicKey: ecdsa }, line(logIdOf(ecdsa)))).toBe(true);
    expect(isLineOf({ publicKey: ed25519 }, line(logIdOf(ed25519)))).toBe(true);
    expect(isLineOf({ publicKey: ed25519 }, line(noteKeyId(ed25519, NAME) ?? OTHER_ID))).toBe(true);
  });

  it('knows it by the ids that the trusted root gives it', () => {
    expect(isLineOf({ publicKey: ecdsa, logId: OWN_ID }, line(OWN_ID))).toBe(true);
    expect(isLineOf({ publicKey: ecdsa, checkpointKeyId: OWN_ID }, line(OWN_ID))).toBe(true);
  });

  it.each([
    ['another key’s hint', line(logIdOf(ed25519))],
    ['a hint that only begins like its own', line(Uint8Array.of(1, 2, 3, 9))],
    ['three bytes of its own', line(OWN_ID, NAME, 3)],
    ['five bytes of its own', line(OWN_ID, NAME, 5)],
  ])('does not take %s', (_what, wrong) => {
    expect(isLineOf({ publicKey: ecdsa, logId: OWN_ID, checkpointKeyId: OTHER_ID }, wrong)).toBe(false);
  });

  it('does not take the hint of an Ed25519 key under a different name', () => {
    const other = noteKeyId(ed25519, 'other.example') ?? OWN_ID;
    expect(isLineOf({ publicKey: ed25519 }, line(other, 'other.example'))).toBe(true);
    expect(isLineOf({ publicKey: ed25519 }, line(other))).toBe(false);
  });

  it('takes no line of another name if the name is known', () => {
    const trusted = { publicKey: ecdsa, name: NAME };
    expect(isLineOf(trusted, line(logIdOf(ecdsa)))).toBe(true);
    expect(isLineOf(trusted, line(logIdOf(ecdsa), 'other.example'))).toBe(false);
  });
});

describe('signatureLines', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  /** A checkpoint of this origin that the log's key really signed, under this name. */
  const signed = (origin: string, name: string): ReturnType<typeof parseCheckpoint> => {
    const text = `${origin}\n1\n${Buffer.alloc(32).toString('base64')}\n`;
    const signature = Buffer.concat([logIdOf(publicKey).subarray(0, 4), sign('sha256', Buffer.from(text), privateKey)]);
    return parseCheckpoint(`${text}\n\u2014 ${name} ${signature.toString('base64')}\n`);
  };
  const log = { publicKey, baseUrl: 'https://an-address-of-its-own.test' };

  it.each([
    ['log.example', 'log.example'],
    ['log.example - 7', 'log.example'],
  ])('takes a line for the origin %j under the name %j, whatever the log’s address', (origin, name) => {
    expect(signatureLines(signed(origin, name), log)).toHaveLength(1);
    expect(verifyCheckpoint(signed(origin, name), [log]).status).toBe('valid');
  });

  it.each([
    ['other.example - 7', 'log.example'],
    ['other.example', 'log.example'],
    ['log.example.evil', 'log.example'],
    ['log.example - 7 - 8', 'log.example'],
    ['log.example - seven', 'log.example'],
    ['log.exampl', 'log.example'],
  ])('refuses a line for the origin %j under the name %j, though the key signed it', (origin, name) => {
    expect(signatureLines(signed(origin, name), log)).toEqual([]);
    expect(verifyCheckpoint(signed(origin, name), [log]).status).toBe('absent');
  });
});
