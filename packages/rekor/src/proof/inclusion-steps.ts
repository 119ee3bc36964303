import { type InclusionProof, rootFromInclusionProof } from './inclusion-proof.ts';
import { nodeHash, treeNumber } from './merkle.ts';

/** One step from a leaf to the root: what stands beside the path, on which side, and the node that both give. */
export interface InclusionStep {
  /** Where the hash of the proof stands. */
  readonly side: 'left' | 'right';
  readonly beside: Uint8Array;
  /** The hash of the node above both. The last is the root. */
  readonly node: Uint8Array;
}

/**
 * The steps of {@link rootFromInclusionProof}, one by one: to show a proof to people. Proves nothing until the last node equals the root of a
 * verified checkpoint.
 *
 * @throws RekorError `invalid-proof` as `rootFromInclusionProof` does
 */
export function inclusionSteps(proof: InclusionProof): readonly InclusionStep[] {
  // Refuses what is malformed, and a path of another length than this leaf has.
  rootFromInclusionProof(proof);
  let index = treeNumber(proof.index, 'index');
  let last = treeNumber(proof.size, 'size') - 1n;
  let node = proof.leafHash;
  return proof.hashes.map((beside) => {
    // A lone right-most node rises as it is, to where something stands on its left (RFC 9162 §2.1.3.2).
    while (index === last && (index & 1n) === 0n) {
      index >>= 1n;
      last >>= 1n;
    }
    const side = (index & 1n) === 1n ? 'left' : 'right';
    node = side === 'left' ? nodeHash(beside, node) : nodeHash(node, beside);
    index >>= 1n;
    last >>= 1n;
    return { side, beside, node };
  });
}
