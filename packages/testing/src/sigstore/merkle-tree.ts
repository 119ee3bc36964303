import { createHash } from 'node:crypto';

/** Hash of a leaf (RFC 6962 §2.1). */
export function hashLeaf(body: Uint8Array): Buffer {
  return createHash('sha256').update(Buffer.of(0)).update(body).digest();
}

/** Merkle tree hash of leaf hashes. */
export function treeRoot(leaves: readonly Buffer[]): Buffer {
  const [only] = leaves;
  if (only === undefined) return createHash('sha256').digest();
  if (leaves.length === 1) return only;
  const split = largestPowerBelow(leaves.length);
  return hashChildren(treeRoot(leaves.slice(0, split)), treeRoot(leaves.slice(split)));
}

/** The audit path of one leaf, from its sibling up (RFC 6962 §2.1.1). */
export function inclusionPath(leaves: readonly Buffer[], index: number): readonly Buffer[] {
  if (leaves.length <= 1) return [];
  const split = largestPowerBelow(leaves.length);
  const left = leaves.slice(0, split);
  const right = leaves.slice(split);
  return index < split
    ? [...inclusionPath(left, index), treeRoot(right)]
    : [...inclusionPath(right, index - split), treeRoot(left)];
}

/** The proof that the first `size` leaves became this tree (RFC 6962 §2.1.2). */
export function consistencyPath(leaves: readonly Buffer[], size: number): readonly Buffer[] {
  if (size === 0 || size === leaves.length) return [];
  return subproof(leaves, size, true);
}

function subproof(leaves: readonly Buffer[], size: number, complete: boolean): readonly Buffer[] {
  if (size === leaves.length) return complete ? [] : [treeRoot(leaves)];
  const split = largestPowerBelow(leaves.length);
  const left = leaves.slice(0, split);
  const right = leaves.slice(split);
  return size <= split
    ? [...subproof(left, size, complete), treeRoot(right)]
    : [...subproof(right, size - split, false), treeRoot(left)];
}

function hashChildren(left: Buffer, right: Buffer): Buffer {
  return createHash('sha256').update(Buffer.of(1)).update(left).update(right).digest();
}

function largestPowerBelow(size: number): number {
  let power = 1;
  while (power * 2 < size) power *= 2;
  return power;
}
