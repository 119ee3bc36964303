import { createPublicKey, hash, type KeyObject, verify, type VerifyKeyObjectInput } from 'node:crypto';
import type { Speculation } from './speculate.ts';

/** Does this signature hold? As `crypto.verify`, whose hash is `null` for Ed25519. */
export type VerifySignature = (
  hash: string | null,
  bytes: Uint8Array,
  key: KeyObject | VerifyKeyObjectInput,
  signature: Uint8Array,
) => boolean;

/**
 * Remembers what pure functions gave: a parsed certificate, whether a signature holds, what a checkpoint says. Keyed by the
 * exact bytes, or by an object made of them; never by a serial number, a key identifier or a hint, which a stranger chooses.
 * Times are never part of what is remembered: every window is looked at again. An answer holds on to no memo, since it may
 * outlive the judgement that it was made in. Each verifier owns one.
 */
export interface Memo {
  /** By exact bytes. `what` names the function, so that two never share an answer. */
  byBytes<T extends object | boolean>(what: string, bytes: readonly (string | Uint8Array)[], compute: () => T): T;
  /** By an object that was parsed before; the answer lives as long as the object. */
  byObject<T>(what: string, object: object, compute: () => T): T;
  /** By two objects, in this order. */
  byPair<T>(what: string, first: object, second: object, compute: () => T): T;
  /** The primitive under every answer; it remembers nothing by itself. */
  readonly verify: VerifySignature;
  /** A memo for one judgement that runs ahead of its signatures. Absent where every answer is computed on the spot. */
  speculate?(): Speculation;
}

/** Where answers are kept. */
export interface MemoStore {
  get(key: string): object | boolean | undefined;
  set(key: string, answer: object | boolean): void;
  /** The answers of one function about objects. */
  mapOf(what: string): WeakMap<object, unknown>;
  getOf(map: WeakMap<object, unknown>, object: object): unknown;
  setOf(map: WeakMap<object, unknown>, object: object, answer: unknown): void;
}

/** Remembers nothing: each answer is computed when it is asked for. What the fast path must agree with. */
export const NO_MEMO: Memo = {
  byBytes: (_what, _bytes, compute) => compute(),
  byObject: (_what, _object, compute) => compute(),
  byPair: (_what, _first, _second, compute) => compute(),
  verify,
};

/** The same memory, with every signature verified where it is asked: for a question whose likely answer is no. */
export function onTheSpot(memo: Memo): Memo {
  return { ...memo, verify };
}

/** A memo of its own. What it is made of is loaded with the first one. */
export async function loadMemo(): Promise<Memo> {
  const { createMemo } = await import('./create-memo.ts');
  return createMemo();
}

const fingerprints = new WeakMap<KeyObject, string>();

/** `sha256:` and the hex digest of a key's SPKI: a key's name for {@link Memo.byBytes}, and in reports. */
export function keyFingerprint(key: KeyObject): string {
  let known = fingerprints.get(key);
  if (known === undefined) {
    known = fingerprintOf(key.export({ format: 'der', type: 'spki' }));
    fingerprints.set(key, known);
  }
  return known;
}

/** Imports a key whose encoding is at hand, so that its fingerprint needs no second one. */
export function importSpki(spki: Uint8Array): KeyObject {
  const key = createPublicKey(spkiToPem(spki));
  fingerprints.set(key, fingerprintOf(spki));
  return key;
}

/** A key's encoding as PEM: Node imports text in less than half the time that it takes for the same bytes. */
export function spkiToPem(spki: Uint8Array): string {
  const lines = Buffer.from(spki).toString('base64').replaceAll(/.{64}/g, '$&\n');
  return `-----BEGIN PUBLIC KEY-----\n${lines}\n-----END PUBLIC KEY-----\n`;
}

function fingerprintOf(spki: Uint8Array): string {
  return `sha256:${hash('sha256', spki, 'hex')}`;
}
