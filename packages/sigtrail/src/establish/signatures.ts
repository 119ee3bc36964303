import crypto, { KeyObject, verify } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { createGate } from '@sigtrail/encoding';
import { curveOf, keyFingerprint } from '../keys/public-key.ts';
import { createLeastRecentlyUsed } from '../least-recently-used.ts';

/** Answers every question of public-key cryptography that a verification asks: does this key verify this signature over these bytes? */
export interface Signatures {
  /** Like `crypto.verify`, whose hash is `null` for Ed25519. Never rejects: whatever goes wrong, the signature doesn't hold. */
  verify(hash: string | null, bytes: Uint8Array, key: KeyObject | PaddedKey, signature: Uint8Array): Promise<boolean>;
}

/** An RSA key, and how its signatures are padded. */
export interface PaddedKey {
  readonly key: KeyObject;
  readonly padding: number;
  readonly saltLength?: number;
}

/** The function alone, in the form that other packages take. */
export type VerifySignature = Signatures['verify'];

type Question = Parameters<VerifySignature>;

/** What the service may hold and use. */
export interface SignatureLimits {
  /** Bytes of remembered answers. */
  readonly maxBytes?: number;
  /** Operations in Node's thread pool at a time. Name lookups and files share it. */
  readonly maxInPool?: number;
}

// An answer is a key of 44 characters, its slot in the map, and a promise of true or false.
const BYTES_OF_AN_ANSWER = 320;
// Hashing longer bytes to recognise a question costs more than most signatures.
const MAX_REMEMBERED_BYTES = 65_536;
// Longer messages take long to hash, and the event loop waits meanwhile.
const MAX_BYTES_ON_THE_SPOT = 262_144;
// About 2 ms of quick signatures; then timers and sockets get their turn.
const QUICK_IN_A_ROW = 40;

/**
 * A service with a memory of its own. A slow question (P-384, P-521, long bytes) goes to Node's thread pool; a quick one is answered on the
 * spot, since handing it over would take as long. A question that equals an earlier question byte for byte gets the earlier answer.
 */
export function createSignatures(limits: SignatureLimits = {}): Signatures {
  const { maxBytes = 2 * 1024 * 1024, maxInPool = availableParallelism() } = limits;
  // A pending answer is remembered too.
  const answers = createLeastRecentlyUsed<Promise<boolean>>(Math.floor(maxBytes / BYTES_OF_AN_ANSWER));
  const pool = createGate(maxInPool);
  let quickInARow = 0;
  const answer = async (question: Question): Promise<boolean> => {
    if (isSlow(question)) return pool(async () => verifyInPool(question));
    const holds = verifyHere(question);
    quickInARow += 1;
    if (quickInARow >= QUICK_IN_A_ROW) {
      quickInARow = 0;
      await new Promise(setImmediate);
    }
    return holds;
  };
  return {
    verify: (...question) => {
      const name = nameOf(question);
      if (name === undefined) return answer(question);
      return answers.get(name) ?? answers.set(name, answer(question));
    },
  };
}

function isSlow([, bytes, key]: Question): boolean {
  if (bytes.length > MAX_BYTES_ON_THE_SPOT) return true;
  const curve = curveOf(keyOf(key));
  return curve !== undefined && curve !== 'prime256v1';
}

function verifyHere([hash, bytes, key, signature]: Question): boolean {
  try {
    return verify(hash, bytes, key, signature);
  } catch {
    return false; // an encoding or an algorithm that this key never has
  }
}

function verifyInPool([hash, bytes, key, signature]: Question): Promise<boolean> {
  return new Promise((resolve) => {
    try {
      verify(hash, bytes, key, signature, (error, holds) => resolve(error === null && holds));
    } catch {
      resolve(false); // an encoding or an algorithm that this key never has
    }
  });
}

/**
 * A question's name: SHA-256 over all of it, each part preceded by its length, so that two questions never share a name. `undefined`
 * for a question that is too long to remember.
 */
function nameOf([hash, bytes, key, signature]: Question): string | undefined {
  if (bytes.length + signature.length > MAX_REMEMBERED_BYTES) return undefined;
  const { padding, saltLength } = key instanceof KeyObject ? { padding: 0, saltLength: 0 } : key;
  const how = `${keyFingerprint(keyOf(key))} ${hash} ${padding} ${saltLength} ${bytes.length} ${signature.length}\n`;
  return crypto.hash('sha256', Buffer.concat([Buffer.from(how, 'latin1'), bytes, signature]), 'base64');
}

function keyOf(key: Question[2]): KeyObject {
  return key instanceof KeyObject ? key : key.key;
}
