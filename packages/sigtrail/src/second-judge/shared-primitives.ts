import { hash, type KeyObject } from 'node:crypto';
import { crypto as primitives } from '@sigstore/core';
import type { Memo } from '../establish/memo.ts';
import { namedCurve } from '../keys/named-curve.ts';

/** Keys that were imported from exactly these bytes, by the view of them that stock is given. */
const imported = new WeakMap<Uint8Array, KeyObject>();

/** A key's encoding for stock, which imports it only to have what our reader already has. */
export function importedSpki(spki: Uint8Array, publicKey: KeyObject): Buffer {
  const view = Buffer.from(spki.buffer, spki.byteOffset, spki.byteLength);
  imported.set(view, publicKey);
  return view;
}

/**
 * Runs the stock judge with our answers to the questions of public-key cryptography that both judges ask, and that cost most of
 * the time. Stock still makes each question by itself, from the same evidence; only one that is equal to the byte to one of ours
 * is not computed a second time. Every other one goes to @sigstore/core's own function. A proof is some twenty hashes, which Node
 * computes in half the time when it is asked in one step.
 *
 * @sigstore/core has no argument for it, so its exported primitives are replaced while `judge` runs: it is synchronous, nothing
 * else runs meanwhile, and they are back when it returns or throws. Where they can't be replaced, stock computes everything.
 */
export function withSharedPrimitives<T>({ held }: Memo, judge: () => T): T {
  if (held === undefined) return judge();
  const { verify, createPublicKey, digest } = primitives;
  const ours: Pick<typeof primitives, 'verify' | 'createPublicKey' | 'digest'> = {
    verify: (data, key, signature, algorithm) =>
      (isKey(key) && held(hashOf(key, algorithm), data, key, signature)) || verify(data, key, signature, algorithm),
    createPublicKey: (key, type) =>
      (typeof key === 'string' ? undefined : imported.get(key)) ?? createPublicKey(key, type),
    digest: (algorithm, ...data) =>
      data.every((part) => part instanceof Uint8Array)
        ? Buffer.from(hash(algorithm, Buffer.concat(data), 'binary'), 'latin1')
        : digest(algorithm, ...data),
  };
  try {
    replace(ours);
    return judge();
  } finally {
    replace({ verify, createPublicKey, digest });
  }
}

function replace({
  verify,
  createPublicKey,
  digest,
}: Pick<typeof primitives, 'verify' | 'createPublicKey' | 'digest'>): void {
  Reflect.set(primitives, 'verify', verify);
  Reflect.set(primitives, 'createPublicKey', createPublicKey);
  Reflect.set(primitives, 'digest', digest);
}

type Key = Parameters<typeof primitives.verify>[1];

function isKey(key: Key): key is KeyObject {
  return typeof key === 'object' && 'asymmetricKeyType' in key;
}

/** The hash that Node takes when stock names none: that of the kind of key. `undefined` where we don't know it. */
function hashOf(key: KeyObject, algorithm: string | undefined): string | null | undefined {
  if (algorithm !== undefined) return algorithm;
  if (key.asymmetricKeyType === 'ed25519') return null;
  return namedCurve(key) === 'prime256v1' ? 'sha256' : undefined;
}
