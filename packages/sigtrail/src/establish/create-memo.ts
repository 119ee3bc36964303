import { hash, verify } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Memo, MemoStore, VerifySignature } from './memo.ts';
import { speculateOver } from './speculate.ts';

// A certificate with its parsed fields is about 8 KiB: 16 MiB at the most, whoever asks for what.
const MAX_ENTRIES = 2048;

/** A memo of at most `maxEntries` answers by bytes; the longest unused one goes first. */
export function createMemo(maxEntries: number = MAX_ENTRIES): Memo {
  const answers = new LRUCache<string, object | boolean>({ max: maxEntries });
  const objects = new Map<string, WeakMap<object, unknown>>();
  const store: MemoStore = {
    get: (key) => answers.get(key),
    set: (key, answer) => void answers.set(key, answer),
    mapOf: (what) => {
      let map = objects.get(what);
      if (map === undefined) objects.set(what, (map = new WeakMap()));
      return map;
    },
    getOf: (map, object) => map.get(object),
    setOf: (map, object, answer) => void map.set(object, answer),
  };
  return { ...memoOver(store, verify), speculate: (options) => speculateOver(store, memoOver, options) };
}

function memoOver(store: MemoStore, verifyWith: VerifySignature): Memo {
  const remember = <T>(map: WeakMap<object, unknown>, object: object, compute: () => T): T => {
    const known = store.getOf(map, object);
    // One map holds the answers of one function: see `byBytes`.
    if (known !== undefined) return known as T;
    const answer = compute();
    store.setOf(map, object, answer);
    return answer;
  };
  return {
    byBytes: <T extends object | boolean>(
      what: string,
      bytes: readonly (string | Uint8Array)[],
      compute: () => T,
    ): T => {
      const key = keyOf(what, bytes);
      const known = store.get(key);
      // Each `what` is asked with one function only, so an answer under it has that function's type.
      if (known !== undefined) return known as T;
      const answer = compute();
      store.set(key, answer);
      return answer;
    },
    byObject: (what, object, compute) => remember(store.mapOf(`object ${what}`), object, compute),
    byPair: (what, first, second, compute) =>
      remember(
        remember(store.mapOf(`pair ${what}`), first, () => new WeakMap<object, unknown>()),
        second,
        compute,
      ),
    verify: verifyWith,
  };
}

/**
 * SHA-256 over all parts, each with its length before it: two lists of parts never make one key. Text by its code units: UTF-8 has one
 * spelling for every lone surrogate, and that of the replacement character.
 */
function keyOf(what: string, parts: readonly (string | Uint8Array)[]): string {
  const lengths = Buffer.alloc(4 * parts.length);
  const bytes = parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'utf16le') : part));
  for (const [index, part] of bytes.entries()) lengths.writeUInt32BE(part.length, 4 * index);
  return `${what} ${hash('sha256', Buffer.concat([lengths, ...bytes]), 'base64')}`;
}
