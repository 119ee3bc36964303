import { verify } from 'node:crypto';
import type { Memo, MemoStore, VerifySignature } from './memo.ts';

/**
 * One judgement that runs ahead of its signatures: each is verified by the thread pool while the judgement goes on as if it
 * held. What was computed may be used only when all of them did; then it is, answer by answer, what computing on the spot
 * gives. Otherwise it is thrown away and computed on the spot.
 */
export interface Speculation {
  readonly memo: Memo;
  /** Waits for every signature. `true`: all held, and what was learnt is remembered. `false`: nothing of it may be used. */
  settle(): Promise<boolean>;
}

/** Runs ahead over the answers in `base`; its own answers come into `base` when they turn out to be true. */
export function speculateOver(
  base: MemoStore,
  memoOver: (store: MemoStore, verifyWith: VerifySignature) => Memo,
): Speculation {
  const asked: Promise<boolean>[] = [];
  const answers = new Map<string, object | boolean>();
  const objects = new Map<WeakMap<object, unknown>, Map<object, unknown>>();
  const store: MemoStore = {
    get: (key) => answers.get(key) ?? base.get(key),
    set: (key, answer) => void answers.set(key, answer),
    mapOf: base.mapOf,
    getOf: (map, object) => objects.get(map)?.get(object) ?? base.getOf(map, object),
    setOf: (map, object, answer) => {
      const known = objects.get(map);
      if (known === undefined) objects.set(map, new Map([[object, answer]]));
      else known.set(object, answer);
    },
  };
  let isOpen = true;
  const ahead: VerifySignature = (...question) => {
    // Nobody waits any more for what is asked now. And a fast one is verified here in the time that it takes to hand it over.
    if (!isOpen || !SLOW_HASHES.has(question[0])) return verify(...question);
    asked.push(verifyAhead(...question));
    return true;
  };
  return {
    memo: memoOver(store, ahead),
    settle: async () => {
      isOpen = false;
      if ((await Promise.all(asked)).includes(false)) {
        answers.clear();
        objects.clear();
        return false;
      }
      for (const [key, answer] of answers) base.set(key, answer);
      for (const [map, known] of objects) for (const [object, answer] of known) base.setOf(map, object, answer);
      return true;
    },
  };
}

// P-384 and P-521 sign their own hashes as a rule, and take eight times as long as P-256, Ed25519 and RSA, whose hash is SHA-256.
const SLOW_HASHES: ReadonlySet<string | null> = new Set(['sha384', 'sha512']);

/** Never rejects: whatever goes wrong is no signature, and on the spot the same question says why. */
async function verifyAhead(...[hash, bytes, key, signature]: Parameters<VerifySignature>): Promise<boolean> {
  return new Promise((resolve) => {
    try {
      verify(hash, bytes, key, signature, (error, holds) => resolve(error === null && holds));
    } catch {
      resolve(false);
    }
  });
}
