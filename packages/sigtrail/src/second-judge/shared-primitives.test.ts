import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { crypto as primitives } from '@sigstore/core';
import { describe, expect, it } from 'vitest';
import { NO_MEMO } from '../establish/memo.ts';
import { importedSpki, withSharedPrimitives } from './shared-primitives.ts';

const message = Buffer.from('message');
const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const good = sign('sha256', message, privateKey);
const bad = sign('sha256', Buffer.from('another message'), privateKey);
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey;
const ed25519 = generateKeyPairSync('ed25519').publicKey;

/** Runs `act` as the stock judge, with a memory that answers as `held`. */
const sharing = <T>(held: (...question: unknown[]) => boolean, act: () => T): T =>
  withSharedPrimitives({ ...NO_MEMO, held }, act);

describe('primitives that the stock judge shares with our checks', () => {
  it('have our answer where it is known', () => {
    // A signature that doesn't hold shows that nothing was computed.
    expect(
      sharing(
        () => true,
        () => primitives.verify(message, publicKey, bad),
      ),
    ).toBe(true);
  });

  it('are computed where it isn’t', () => {
    const verify = (signature: Buffer) => () => primitives.verify(message, publicKey, signature);
    expect(sharing(() => false, verify(good))).toBe(true);
    expect(sharing(() => false, verify(bad))).toBe(false);
    // Keys as text are no question of ours.
    const pem = publicKey.export({ format: 'pem', type: 'spki' });
    expect(
      sharing(
        () => true,
        () => primitives.verify(message, pem, bad),
      ),
    ).toBe(false);
  });

  it.each([
    ['its name, where one is given', publicKey, 'sha384', 'sha384'],
    ['SHA-256 for P-256', publicKey, undefined, 'sha256'],
    ['none for Ed25519', ed25519, undefined, null],
    ['unknown for another curve', p384, undefined, undefined],
  ])('ask for the hash that Node takes: %s', (_what, key: KeyObject, algorithm: string | undefined, hash) => {
    const asked: unknown[][] = [];
    sharing(
      (...question) => asked.push(question) > 0,
      () => primitives.verify(message, key, good, algorithm),
    );
    expect(asked).toEqual([[hash, message, key, good]]);
  });

  it('give the key that our reader imported from the same bytes, and import any other', () => {
    const spki = publicKey.export({ format: 'der', type: 'spki' });
    const view = importedSpki(spki, publicKey);
    expect(view.equals(spki)).toBe(true);
    const [known, other] = sharing(
      () => false,
      () => [primitives.createPublicKey(view), primitives.createPublicKey(Buffer.from(spki))],
    );
    expect(known).toBe(publicKey);
    expect(other).not.toBe(publicKey);
    expect(other?.equals(publicKey)).toBe(true);
  });

  it('hash the same', () => {
    const parts = [Buffer.of(1), Buffer.from('left'), new Uint8Array(Buffer.from('right'))];
    const digests = () => [
      ...['sha256', 'sha384', 'sha512'].map((name) => primitives.digest(name, ...parts)),
      primitives.digest('sha256', 'text', Buffer.of(2)),
      primitives.digest('sha256', new DataView(new ArrayBuffer(3))),
    ];
    expect(sharing(() => false, digests)).toEqual(digests());
  });

  it('are @sigstore/core’s own again afterwards, whatever happened', () => {
    const before = { ...primitives };
    sharing(
      () => true,
      () => expect(primitives.verify).not.toBe(before.verify),
    );
    expect({ ...primitives }).toEqual(before);
    expect(() =>
      sharing(
        () => true,
        () => {
          throw new Error('refused');
        },
      ),
    ).toThrow('refused');
    expect({ ...primitives }).toEqual(before);
  });

  it('are never replaced for a judgement that computes every answer on the spot', () => {
    const { verify } = primitives;
    withSharedPrimitives(NO_MEMO, () => expect(primitives.verify).toBe(verify));
  });
});
