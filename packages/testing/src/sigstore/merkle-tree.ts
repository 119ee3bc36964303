import { createHash } from 'node:crypto';

/** The hash of a leaf (RFC 9162 §2.1.1). */
export function hashLeaf(entry: Uint8Array): Buffer {
  return createHash('sha256').update(Buffer.from([0])).update(entry).digest();
}

/** The root over leaf hashes (RFC 9162 §2.1.1). */
export function rootOf(leaves: readonly Buffer[]): Buffer {
  const [only] = leaves;
  if (leaves.length === 1 && only !== undefined) return only;
  const half = splitAt(leaves.length);
  return createHash('sha256').update(Buffer.from([1])).update(rootOf(leaves.slice(0, half))).update(rootOf(leaves.slice(half))).digest();
}

/** The inclusion proof of one leaf, nearest sibling first (RFC 9162 §2.1.3.1). */
export function inclusionProof(index: number, leaves: readonly Buffer[]): readonly Buffer[] {
  if (leaves.length <= 1) return [];
  const half = splitAt(leaves.length);
  return index < half
    ? [...inclusionProof(index, leaves.slice(0, half)), rootOf(leaves.slice(half))]
    : [...inclusionProof(index - half, leaves.slice(half)), rootOf(leaves.slice(0, half))];
}

/** The largest power of two below `length`. */
function splitAt(length: number): number {
  let half = 1;
  while (half * 2 < length) half *= 2;
  return half;
}
