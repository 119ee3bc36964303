import { KeyObject, verify } from 'node:crypto';
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

/** What is known of a judgement before it runs ahead. */
export interface SpeculationOptions {
  /**
   * It is the only one that is waited for, so the thread pool also verifies the quick signatures (P-256, Ed25519, RSA), as long as
   * it has no slow one. Otherwise they are verified at once: some may well not hold, and each of those takes all others back.
   */
  readonly alone?: boolean;
}

/** Runs ahead over the answers in `base`; its own answers come into `base` when they turn out to be true. */
export function speculateOver(
  base: MemoStore,
  memoOver: (store: MemoStore, verifyWith: VerifySignature) => Memo,
  { alone = false }: SpeculationOptions = {},
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
  let hasSlow = false;
  const held: Parameters<VerifySignature>[] = [];
  const ahead: VerifySignature = (...question) => {
    // Nobody waits any more for what is asked now.
    if (!isOpen) return verify(...question);
    hasSlow ||= SLOW_HASHES.has(question[0]);
    // Beside a slow one there is time here for the quick ones; without one, the others are better verified elsewhere too.
    const isHere = !SLOW_HASHES.has(question[0]) && (hasSlow || !alone);
    if (!isHere) asked.push(verifyAhead(...question));
    else if (!verify(...question)) return false;
    held.push(question);
    return true;
  };
  return {
    memo: {
      ...memoOver(store, ahead),
      held: (hash, bytes, key, signature) =>
        held.some(
          ([itsHash, itsBytes, itsKey, itsSignature]) =>
            itsHash === hash &&
            same(itsSignature, signature) &&
            same(itsBytes, bytes) &&
            itsKey instanceof KeyObject &&
            itsKey.equals(key),
        ),
    },
    settle: async () => {
      isOpen = false;
      held.length = 0;
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

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

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
