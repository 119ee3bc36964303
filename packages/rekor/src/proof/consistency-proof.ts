import { requireObject, sameBytes } from '@sigtrail/encoding';
import { RekorError } from '../error.ts';
import { nodeHash, requireHashes, treeNumber } from './merkle.ts';

/** That a tree of `secondSize` leaves begins with the tree of `firstSize` leaves (RFC 9162 §2.1.4). Take both roots from verified checkpoints. */
export interface ConsistencyProof {
  readonly firstSize: number | bigint;
  readonly firstRoot: Uint8Array;
  readonly secondSize: number | bigint;
  readonly secondRoot: Uint8Array;
  readonly hashes: readonly Uint8Array[];
}

/**
 * Whether the log only grew between two checkpoints: no leaf is gone or changed (RFC 9162 §2.1.4.2).
 * A malformed proof is `false`. So is an empty first tree: every tree begins with it, and an attacker who may start from it proves anything.
 */
export function verifyConsistency(proof: ConsistencyProof): boolean {
  requireObject(proof, 'verifyConsistency', 'proof');
  try {
    return holds(proof);
  } catch (error) {
    if (error instanceof RekorError && error.code === 'invalid-proof') return false;
    throw error;
  }
}

function holds({ firstRoot, secondRoot, hashes, ...sizes }: ConsistencyProof): boolean {
  const firstSize = treeNumber(sizes.firstSize, 'first size');
  const secondSize = treeNumber(sizes.secondSize, 'second size');
  requireHashes([firstRoot, secondRoot, ...hashes]);
  if (firstSize === 0n || firstSize > secondSize) return false;
  if (firstSize === secondSize) return hashes.length === 0 && sameBytes(firstRoot, secondRoot);
  if (hashes.length === 0) return false;
  // A first tree of 2^n leaves is one node of the second tree: the proof leaves its hash out.
  const isWholeNode = (firstSize & (firstSize - 1n)) === 0n;
  const [start = firstRoot, ...rest] = isWholeNode ? [firstRoot, ...hashes] : hashes;
  let node = firstSize - 1n;
  let last = secondSize - 1n;
  while ((node & 1n) === 1n) {
    node >>= 1n;
    last >>= 1n;
  }
  let first = start;
  let second = start;
  for (const hash of rest) {
    if (last === 0n) return false;
    if ((node & 1n) === 1n || node === last) {
      first = nodeHash(hash, first);
      second = nodeHash(hash, second);
      while ((node & 1n) === 0n && node !== 0n) {
        node >>= 1n;
        last >>= 1n;
      }
    } else {
      second = nodeHash(second, hash);
    }
    node >>= 1n;
    last >>= 1n;
  }
  return last === 0n && sameBytes(first, firstRoot) && sameBytes(second, secondRoot);
}
