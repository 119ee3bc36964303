import { sameBytes } from './encoding.ts';
import { RekorError } from './error.ts';
import { nodeHash, requireHashes, treeNumber } from './merkle.ts';

/** A Merkle audit path (RFC 9162 §2.1.3). For Rekor v1, `index` and `size` are those of the shard, not the global log index. */
export interface InclusionProof {
  readonly index: number | bigint;
  readonly size: number | bigint;
  /** `leafHash(body)`: 32 bytes. */
  readonly leafHash: Uint8Array;
  /** From the leaf to the root, 32 bytes each. */
  readonly hashes: readonly Uint8Array[];
}

/**
 * The root that follows from a leaf and its audit path (RFC 9162 §2.1.3.2). Proves nothing until it equals the root of a verified checkpoint.
 *
 * @throws RekorError `invalid-proof` for an index outside the tree, a path too short or too long, or hashes of another width
 */
export function rootFromInclusionProof(proof: InclusionProof): Uint8Array {
  const index = treeNumber(proof.index, 'index');
  const size = treeNumber(proof.size, 'size');
  if (index >= size)
    throw new RekorError('invalid-proof', `leaf ${String(index)} is not in a tree of ${String(size)} leaves`);
  requireHashes([proof.leafHash, ...proof.hashes]);
  let node = index;
  let last = size - 1n;
  let root = proof.leafHash;
  for (const hash of proof.hashes) {
    if (last === 0n) throw new RekorError('invalid-proof', 'inclusion proof is too long');
    if ((node & 1n) === 1n || node === last) {
      root = nodeHash(hash, root);
      // A lone right-most node has no sibling on these levels: it rises as it is.
      while ((node & 1n) === 0n && node !== 0n) {
        node >>= 1n;
        last >>= 1n;
      }
    } else {
      root = nodeHash(root, hash);
    }
    node >>= 1n;
    last >>= 1n;
  }
  if (last !== 0n) throw new RekorError('invalid-proof', 'inclusion proof is too short');
  return root;
}

/** Whether the leaf is in the tree of this root. A malformed proof is `false`: no proof. */
export function verifyInclusion(proof: InclusionProof & { readonly rootHash: Uint8Array }): boolean {
  let root: Uint8Array;
  try {
    root = rootFromInclusionProof(proof);
  } catch (error) {
    if (error instanceof RekorError && error.code === 'invalid-proof') return false;
    throw error;
  }
  return sameBytes(root, proof.rootHash);
}
