import { createPublicKey, hash, type KeyObject, verify, type VerifyKeyObjectInput } from 'node:crypto';
import { setNamedCurve } from '../keys/named-curve.ts';
import type { Speculation, SpeculationOptions } from './speculate.ts';

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
  /**
   * Was this question, equal to the byte, asked of `verify` before and answered with yes? Absent where every answer is computed
   * on the spot.
   */
  held?(hash: string | null | undefined, bytes: Uint8Array, key: KeyObject, signature: Uint8Array): boolean;
  /** A memo for one judgement that runs ahead of its signatures. Absent where every answer is computed on the spot. */
  speculate?(options?: SpeculationOptions): Speculation;
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

/** `sha256:` and the hex digest of a key's SPKI in its usual encoding: a key's name for {@link Memo.byBytes}, in reports and on deny-lists. */
export function keyFingerprint(key: KeyObject): string {
  let known = fingerprints.get(key);
  if (known === undefined) {
    known = fingerprintOf(usualEncoding(key));
    fingerprints.set(key, known);
  }
  return known;
}

/** Imports a key whose encoding is at hand; where that is the usual one, it says its fingerprint and curve, which needn't be asked of the key. */
export function importSpki(spki: Uint8Array): KeyObject {
  const key = createPublicKey(spkiToPem(spki));
  if (!isUsual(spki)) return key;
  fingerprints.set(key, fingerprintOf(spki));
  const curve = CURVES.get(spki.length);
  if (curve !== undefined) setNamedCurve(key, curve);
  return key;
}

// P-256, P-384, P-521 with an uncompressed point (RFC 5480 §2), Ed25519 (RFC 8410 §4): what comes before the key itself, and how long all is.
const USUAL: ReadonlyMap<number, string> = new Map([
  [91, '3059301306072a8648ce3d020106082a8648ce3d03010703420004'],
  [120, '3076301006072a8648ce3d020106052b8104002203620004'],
  [158, '30819b301006072a8648ce3d020106052b810400230381860004'],
  [44, '302a300506032b6570032100'],
]);

const CURVES: ReadonlyMap<number, string> = new Map([
  [91, 'prime256v1'],
  [120, 'secp384r1'],
  [158, 'secp521r1'],
]);

function isUsual(spki: Uint8Array): boolean {
  const head = USUAL.get(spki.length);
  return head !== undefined && Buffer.from(spki.subarray(0, head.length / 2)).toString('hex') === head;
}

/**
 * One encoding for each key. A point can be written in three forms and RSA's parameters in two, and what is known of a key must not be
 * escaped by writing it otherwise.
 */
function usualEncoding(key: KeyObject): Uint8Array {
  const spki = key.export({ format: 'der', type: 'spki' });
  if (key.asymmetricKeyType !== 'ec' || isUsual(spki)) return spki;
  // A JWK has the coordinates, whatever the form was.
  return createPublicKey({ key: key.export({ format: 'jwk' }), format: 'jwk' }).export({ format: 'der', type: 'spki' });
}

/** A key's encoding as PEM: Node imports text in less than half the time that it takes for the same bytes. */
export function spkiToPem(spki: Uint8Array): string {
  const lines = Buffer.from(spki).toString('base64').replaceAll(/.{64}/g, '$&\n');
  return `-----BEGIN PUBLIC KEY-----\n${lines}\n-----END PUBLIC KEY-----\n`;
}

function fingerprintOf(spki: Uint8Array): string {
  return `sha256:${hash('sha256', spki, 'hex')}`;
}
