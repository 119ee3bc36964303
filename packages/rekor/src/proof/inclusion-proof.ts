import { requireObject, sameBytes } from '@sigtrail/encoding';
import { RekorError } from '../error.ts';
import { HASH_BYTES, requireCount, requireHashes, sha256Into } from './merkle.ts';

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
  requireObject(proof, 'rootFromInclusionProof', 'proof');
  const { index, size } = proof;
  requireCount(index, 'index');
  requireCount(size, 'size');
  if (index >= size)
    throw new RekorError(
      'invalid-proof',
      `the inclusion proof is for leaf ${String(index)} of a tree of ${String(size)} leaves, which has no such leaf`,
    );
  requireHashes([proof.leafHash]);
  requireHashes(proof.hashes);
  // Below the height where the leaf's path leaves that of the last leaf, every node has a sibling on either side; above it, only those to
  // the left are there, and a lone right-most node rises as it is.
  const [high, low] = wordsOf(index);
  const [lastHigh, lastLow] = wordsOf(typeof size === 'number' ? size - 1 : size - 1n);
  const inner = high === lastHigh ? 32 - Math.clz32(low ^ lastLow) : 64 - Math.clz32(high ^ lastHigh);
  const bitAt = (height: number): number => (height < 32 ? low >>> height : high >>> (height - 32)) & 1;
  let above = 0;
  for (let height = inner; height < 64; height += 1) above += bitAt(height);
  if (proof.hashes.length > inner + above)
    throw new RekorError(
      'invalid-proof',
      `the inclusion proof has ${String(proof.hashes.length)} hashes; leaf ${String(index)} of ${String(size)} takes ${String(inner + above)}`,
    );
  if (proof.hashes.length < inner + above)
    throw new RekorError(
      'invalid-proof',
      `the inclusion proof has ${String(proof.hashes.length)} hashes; leaf ${String(index)} of ${String(size)} takes ${String(inner + above)}`,
    );
  // The hash of each node is written where the next one needs it: on the right when the sibling stands left.
  const sideOf = (height: number): number => (height >= inner || bitAt(height) === 1 ? RIGHT : LEFT);
  const { hashes } = proof;
  const pair = Buffer.allocUnsafe(1 + 2 * HASH_BYTES);
  pair[0] = 0x01;
  let side = sideOf(0);
  pair.set(proof.leafHash, side);
  for (let height = 0; height < hashes.length; height += 1) {
    pair.set(hashes[height] ?? proof.leafHash, side === RIGHT ? LEFT : RIGHT);
    side = sideOf(height + 1);
    sha256Into(pair, pair, side);
  }
  return new Uint8Array(pair.buffer, pair.byteOffset + side, HASH_BYTES);
}

/** The upper and the lower 32 bits of a count. Logs are far from 2^53 entries, and bigints cost more than the hashes they go with. */
function wordsOf(value: number | bigint): readonly [number, number] {
  return typeof value === 'number'
    ? [Math.floor(value / 2 ** 32), value >>> 0]
    : [Number(value >> 32n), Number(value & 0xffff_ffffn)];
}

const LEFT = 1;
const RIGHT = 1 + HASH_BYTES;

/** Whether the leaf is in the tree of this root. A malformed proof is `false`: no proof. */
export function verifyInclusion(proof: InclusionProof & { readonly rootHash: Uint8Array }): boolean {
  requireObject(proof, 'verifyInclusion', 'proof');
  let root: Uint8Array;
  try {
    root = rootFromInclusionProof(proof);
  } catch (error) {
    if (error instanceof RekorError && error.code === 'invalid-proof') return false;
    throw error;
  }
  return sameBytes(root, proof.rootHash);
}
