import { constants, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createSignatures } from './signatures.ts';

const message = Buffer.from('message');
const other = Buffer.from('another message');
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' });
const ed25519 = generateKeyPairSync('ed25519');
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });

describe('the signature service', () => {
  it.each([
    ['P-256', 'sha256', p256],
    ['P-384', 'sha384', p384],
    ['P-521', 'sha512', generateKeyPairSync('ec', { namedCurve: 'P-521' })],
    ['Ed25519', null, ed25519],
    ['RSA', 'sha256', rsa],
  ] as const)(
    'answers as crypto.verify, the first time and again: %s',
    async (_name, hash, { publicKey, privateKey }) => {
      const { verify } = createSignatures();
      const good = sign(hash, message, privateKey);
      for (const _ of [1, 2]) {
        expect(await verify(hash, message, publicKey, good)).toBe(true);
        expect(await verify(hash, other, publicKey, good)).toBe(false);
        expect(await verify(hash, message, publicKey, sign(hash, other, privateKey))).toBe(false);
        expect(await verify(hash, message, publicKey, Buffer.alloc(0))).toBe(false);
      }
    },
  );

  it('never rejects: a question without sense has the answer no', async () => {
    const { verify } = createSignatures();
    const signature = sign('sha256', message, p256.privateKey);
    expect(await verify('sha256', message, generateKeyPairSync('x25519').publicKey, signature)).toBe(false);
    expect(await verify('no such hash', message, p256.publicKey, signature)).toBe(false);
    expect(await verify('no such hash', message, p384.publicKey, signature)).toBe(false);
  });

  it('answers for long bytes too, which it doesn’t remember', async () => {
    const { verify } = createSignatures();
    const long = Buffer.alloc(300_000, 7);
    const signature = sign('sha256', long, p256.privateKey);
    expect(await verify('sha256', long, p256.publicKey, signature)).toBe(true);
    long[0] = 8;
    expect(await verify('sha256', long, p256.publicKey, signature)).toBe(false);
  });

  it('tells paddings apart', async () => {
    const { verify } = createSignatures();
    const key = rsa.publicKey;
    const [pkcs1, pss] = [constants.RSA_PKCS1_PADDING, constants.RSA_PKCS1_PSS_PADDING];
    const signature = sign('sha256', message, { key: rsa.privateKey, padding: pss });
    expect(await verify('sha256', message, { key, padding: pkcs1 }, signature)).toBe(false);
    expect(await verify('sha256', message, { key, padding: pss }, signature)).toBe(true);
    expect(await verify('sha256', message, key, signature)).toBe(false);
  });

  it('never mixes up two questions whose bytes are the same when written one after the other', async () => {
    const { verify } = createSignatures();
    const signature = sign('sha256', message, p256.privateKey);
    expect(await verify('sha256', message, p256.publicKey, signature)).toBe(true);
    const [shifted, rest] = [Buffer.concat([message, signature.subarray(0, 1)]), signature.subarray(1)];
    expect(await verify('sha256', shifted, p256.publicKey, rest)).toBe(false);
  });

  it('gives an equal question the same answer while it is remembered, and forgets the longest unused one', () => {
    const { verify } = createSignatures({ maxBytes: 2 * 320 });
    // The promise itself is remembered, so the same promise shows that nothing was computed.
    const ask = (text: string): Promise<boolean> =>
      verify('sha256', Buffer.from(text), p256.publicKey, Buffer.from('no signature'));
    const [a, b] = [ask('a'), ask('b')];
    expect(ask('a')).toBe(a);
    expect(ask('b')).toBe(b);
    expect(ask('a')).toBe(a);
    void ask('c');
    expect(ask('a')).toBe(a);
    expect(ask('b')).not.toBe(b);
  });

  it('keeps slow questions within its limit and answers all of them', async () => {
    const { verify } = createSignatures({ maxInPool: 1 });
    const questions = Array.from({ length: 12 }, (_, index) => Buffer.from(`message ${index}`));
    const answers = await Promise.all(
      questions.map((bytes, index) =>
        verify('sha384', bytes, p384.publicKey, sign('sha384', index % 3 === 0 ? other : bytes, p384.privateKey)),
      ),
    );
    expect(answers).toEqual(questions.map((_, index) => index % 3 !== 0));
  });

  it('lets timers run between quick questions', async () => {
    const { verify } = createSignatures();
    const signature = sign('sha256', message, p256.privateKey);
    let ticked = false;
    setImmediate(() => (ticked = true));
    for (let asked = 0; asked < 60; asked += 1)
      await verify('sha256', Buffer.from(`question ${asked}`), p256.publicKey, signature);
    expect(ticked).toBe(true);
  });
});
