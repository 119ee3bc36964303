import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createMemo } from './create-memo.ts';
import { type Memo, NO_MEMO, onTheSpot } from './memo.ts';
import type { Speculation } from './speculate.ts';

// The kind of key that is worth running ahead of: a leaf's issuer.
const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
const message = Buffer.from('message');
const good = sign('sha384', message, privateKey);
const other = sign('sha384', Buffer.from('another message'), privateKey);
const holds = (memo: Memo, signature: Uint8Array): boolean => memo.verify('sha384', message, publicKey, signature);

function speculate(memo: Memo): Speculation {
  const speculation = memo.speculate?.();
  if (speculation === undefined) throw new Error('this memo computes everything on the spot');
  return speculation;
}

describe('a judgement that runs ahead of its signatures', () => {
  it('may be used when every signature holds, and what it learnt is remembered', async () => {
    const memo = createMemo();
    const subject = {};
    const ahead = speculate(memo);
    expect(ahead.memo.byBytes('a', ['x'], () => holds(ahead.memo, good))).toBe(true);
    expect(ahead.memo.byObject('b', subject, () => 'learnt')).toBe('learnt');
    expect(ahead.memo.byPair('c', subject, memo, () => 'learnt too')).toBe('learnt too');
    await expect(ahead.settle()).resolves.toBe(true);
    expect(memo.byBytes('a', ['x'], () => false)).toBe(true);
    expect(memo.byObject('b', subject, () => 'forgotten')).toBe('learnt');
    expect(memo.byPair('c', subject, memo, () => 'forgotten')).toBe('learnt too');
  });

  it.each([
    ['a signature of something else', other],
    ['bytes that are no signature', Buffer.from('no signature')],
    ['nothing', new Uint8Array()],
  ])('is thrown away for %s: nothing of it is remembered', async (_what, bad) => {
    const memo = createMemo();
    const subject = {};
    const ahead = speculate(memo);
    expect(holds(ahead.memo, good)).toBe(true);
    // As if it held, until it is settled.
    expect(ahead.memo.byBytes('a', ['x'], () => holds(ahead.memo, bad))).toBe(true);
    ahead.memo.byObject('b', subject, () => 'wrong');
    await expect(ahead.settle()).resolves.toBe(false);
    expect(memo.byBytes('a', ['x'], () => holds(memo, bad))).toBe(false);
    expect(memo.byObject('b', subject, () => 'right')).toBe('right');
    // Nor by whoever still holds it.
    expect(ahead.memo.byBytes('a', ['x'], () => true)).toBe(false);
    expect(ahead.memo.byObject('b', subject, () => 'wrong')).toBe('right');
  });

  it('says of a question that it was asked and held only for the very same one, until it is settled', async () => {
    const ahead = speculate(createMemo());
    const { held } = ahead.memo;
    if (held === undefined) throw new Error('it runs ahead, so it knows what it was asked');
    expect(held('sha384', message, publicKey, good)).toBe(false);
    holds(ahead.memo, good);
    expect(held('sha384', Buffer.from(message), createPublicKey(privateKey), Buffer.from(good))).toBe(true);
    expect(held('sha512', message, publicKey, good)).toBe(false);
    expect(held(undefined, message, publicKey, good)).toBe(false);
    expect(held('sha384', Buffer.from('massage'), publicKey, good)).toBe(false);
    expect(held('sha384', message, publicKey, other)).toBe(false);
    expect(held('sha384', message, generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey, good)).toBe(false);
    await ahead.settle();
    expect(held('sha384', message, publicKey, good)).toBe(false);
  });

  it('verifies a quick signature at once beside a slow one or beside other candidates, and elsewhere when it is alone', async () => {
    const quick = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const wrong = sign('sha256', Buffer.from('another message'), quick.privateKey);
    const ask = ({ memo }: Speculation): boolean => memo.verify('sha256', message, quick.publicKey, wrong);
    const memo = createMemo();
    expect(ask(speculate(memo))).toBe(false);
    const besideSlow = memo.speculate?.({ alone: true });
    const alone = memo.speculate?.({ alone: true });
    if (besideSlow === undefined || alone === undefined) throw new Error('this memo computes everything on the spot');
    holds(besideSlow.memo, good);
    expect(ask(besideSlow)).toBe(false);
    expect(besideSlow.memo.held?.('sha256', message, quick.publicKey, wrong)).toBe(false);
    await expect(besideSlow.settle()).resolves.toBe(true);
    expect(ask(alone)).toBe(true);
    await expect(alone.settle()).resolves.toBe(false);
  });

  it('throws an impossible question away as well: on the spot it is an error with its reason', async () => {
    const ahead = speculate(createMemo());
    const noKey = generateKeyPairSync('x25519').publicKey;
    expect(ahead.memo.verify('sha512', message, noKey, good)).toBe(true);
    await expect(ahead.settle()).resolves.toBe(false);
    expect(() => NO_MEMO.verify('sha512', message, noKey, good)).toThrow();
  });

  it('verifies on the spot once it is settled, since nobody would wait', async () => {
    const ahead = speculate(createMemo());
    await ahead.settle();
    expect([holds(ahead.memo, good), holds(ahead.memo, other)]).toEqual([true, false]);
  });

  it('knows what was known before, and keeps to itself what two learn at the same time', async () => {
    const memo = createMemo();
    memo.byBytes('a', ['x'], () => false);
    const [one, two] = [speculate(memo), speculate(memo)];
    expect(one.memo.byBytes('a', ['x'], () => true)).toBe(false);
    one.memo.byBytes('b', ['x'], () => holds(one.memo, other));
    expect(two.memo.byBytes('b', ['x'], () => holds(two.memo, good))).toBe(true);
    await expect(Promise.all([one.settle(), two.settle()])).resolves.toEqual([false, true]);
    expect(memo.byBytes('b', ['x'], () => false)).toBe(true);
  });

  it('verifies on the spot what takes no longer than to hand it over', () => {
    const quick = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const ahead = speculate(createMemo());
    const signature = sign('sha256', message, quick.privateKey);
    const ask = (bytes: Uint8Array): boolean => ahead.memo.verify('sha256', bytes, quick.publicKey, signature);
    expect([ask(message), ask(Buffer.from('another message'))]).toEqual([true, false]);
  });

  it('verifies on the spot where a no is as likely as a yes', () => {
    const ahead = speculate(createMemo());
    expect([holds(onTheSpot(ahead.memo), good), holds(onTheSpot(ahead.memo), other)]).toEqual([true, false]);
  });

  it('is no part of the plain path', () => {
    expect(NO_MEMO.speculate).toBeUndefined();
    expect([holds(NO_MEMO, good), holds(NO_MEMO, other)]).toEqual([true, false]);
  });
});
