import { createPublicKey, hash, type KeyObject } from 'node:crypto';
import { LRUCache } from 'lru-cache';

/**
 * Remembers what pure functions gave: a parsed certificate, whether a signature holds, what a checkpoint says. Keyed by the
 * exact bytes, or by an object made of them; never by a serial number, a key identifier or a hint, which a stranger chooses.
 * Times are never part of what is remembered: every window is looked at again. Each verifier owns one.
 */
export interface Memo {
  /** By exact bytes. `what` names the function, so that two never share an answer. */
  byBytes<T extends object | boolean>(what: string, bytes: readonly (string | Uint8Array)[], compute: () => T): T;
  /** By an object that was parsed before; the answer lives as long as the object. */
  byObject<T>(what: string, object: object, compute: () => T): T;
  /** By two objects, in this order. */
  byPair<T>(what: string, first: object, second: object, compute: () => T): T;
}

/** Remembers nothing: each answer is computed when it is asked for. What the fast path must agree with. */
export const NO_MEMO: Memo = {
  byBytes: (_what, _bytes, compute) => compute(),
  byObject: (_what, _object, compute) => compute(),
  byPair: (_what, _first, _second, compute) => compute(),
};

// A certificate with its parsed fields is about 8 KiB: 16 MiB at the most, whoever asks for what.
const MAX_ENTRIES = 2048;

/** A memo of at most `maxEntries` answers by bytes; the longest unused one goes first. */
export function createMemo(maxEntries: number = MAX_ENTRIES): Memo {
  const answers = new LRUCache<string, object | boolean>({ max: maxEntries });
  const objects = new Map<string, WeakMap<object, unknown>>();
  const mapOf = (what: string): WeakMap<object, unknown> => {
    let map = objects.get(what);
    if (map === undefined) objects.set(what, (map = new WeakMap()));
    return map;
  };
  return {
    byBytes: <T extends object | boolean>(
      what: string,
      bytes: readonly (string | Uint8Array)[],
      compute: () => T,
    ): T => {
      const key = keyOf(what, bytes);
      const known = answers.get(key);
      // Each `what` is asked with one function only, so an answer under it has that function's type.
      if (known !== undefined) return known as T;
      const answer = compute();
      answers.set(key, answer);
      return answer;
    },
    byObject: (what, object, compute) => remember(mapOf(`object ${what}`), object, compute),
    byPair: (what, first, second, compute) =>
      remember(
        remember(mapOf(`pair ${what}`), first, () => new WeakMap<object, unknown>()),
        second,
        compute,
      ),
  };
}

function remember<T>(map: WeakMap<object, unknown>, object: object, compute: () => T): T {
  const known = map.get(object);
  // One map holds the answers of one function: see `byBytes`.
  if (known !== undefined) return known as T;
  const answer = compute();
  map.set(object, answer);
  return answer;
}

/** SHA-256 over all parts, each with its length before it: two lists of parts never make one key. */
function keyOf(what: string, parts: readonly (string | Uint8Array)[]): string {
  const lengths = Buffer.alloc(4 * parts.length);
  const bytes = parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'utf8') : part));
  for (const [index, part] of bytes.entries()) lengths.writeUInt32BE(part.length, 4 * index);
  return `${what} ${hash('sha256', Buffer.concat([lengths, ...bytes]), 'base64')}`;
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
  const key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
  fingerprints.set(key, fingerprintOf(spki));
  return key;
}

function fingerprintOf(spki: Uint8Array): string {
  return `sha256:${hash('sha256', spki, 'hex')}`;
}
