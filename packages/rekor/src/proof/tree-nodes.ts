import { encodeHex, sameBytes } from '@sigtrail/encoding';
import { nodeHash } from './merkle.ts';

/** A node of a tree: the root over the leaves from `begin` up to `end`. Complete subtrees are the same in every later tree. */
export interface TreeNode {
  readonly begin: bigint;
  readonly end: bigint;
  readonly hash: Uint8Array;
}

/**
 * All nodes that an inclusion proof names or implies: the leaf, each sibling on the path, and each node above them, up to the root. The
 * proof must hold.
 */
export function nodesOfProof(
  leaf: Uint8Array,
  index: bigint,
  size: bigint,
  hashes: readonly Uint8Array[],
): readonly TreeNode[] {
  const siblings: { begin: bigint; end: bigint; isLeft: boolean }[] = [];
  let [begin, end] = [0n, size];
  while (end - begin > 1n) {
    const middle = begin + largestPowerBelow(end - begin);
    if (index < middle) {
      siblings.push({ begin: middle, end, isLeft: false });
      end = middle;
    } else {
      siblings.push({ begin, end: middle, isLeft: true });
      begin = middle;
    }
  }
  const nodes: TreeNode[] = [{ begin: index, end: index + 1n, hash: leaf }];
  let below: TreeNode = { begin: index, end: index + 1n, hash: leaf };
  for (const [at, hash] of hashes.entries()) {
    const sibling = siblings[siblings.length - 1 - at];
    if (sibling === undefined) break;
    nodes.push({ begin: sibling.begin, end: sibling.end, hash });
    below = sibling.isLeft
      ? { begin: sibling.begin, end: below.end, hash: nodeHash(hash, below.hash) }
      : { begin: below.begin, end: sibling.end, hash: nodeHash(below.hash, hash) };
    nodes.push(below);
  }
  return nodes;
}

/** The nodes that a proof of growth from one size to another consists of, in its order (RFC 9162 §2.1.4.1). */
export function consistencyRanges(first: bigint, second: bigint): readonly { begin: bigint; end: bigint }[] {
  const ranges: { begin: bigint; end: bigint }[] = [];
  let [begin, end, whole] = [0n, second, true];
  while (first < end) {
    const middle = begin + largestPowerBelow(end - begin);
    if (first <= middle) {
      ranges.push({ begin: middle, end });
      end = middle;
    } else {
      ranges.push({ begin, end: middle });
      begin = middle;
      whole = false;
    }
  }
  if (!whole) ranges.push({ begin, end });
  return ranges.toReversed();
}

/** Nodes of one tree from many proofs, which must agree. */
export interface NodePool {
  /** Adds a node; returns the source of an earlier, different hash for it. */
  add(node: TreeNode, source: number): { readonly conflictsWith?: number; readonly agrees: boolean };
  /** The root over a range, if it is known or follows from known nodes. */
  find(begin: bigint, end: bigint): Uint8Array | undefined;
}

/** Makes a pool. A node at the right edge of a tree, which isn't complete, is only ever one of a tree of that size: `end` keeps them apart. */
export function createNodePool(): NodePool {
  const nodes = new Map<string, { readonly hash: Uint8Array; readonly source: number }>();
  // The known parts of the tree: a search stays inside them, so its cost doesn't grow with the tree.
  const known = new Set<string>();
  const markAbove = ({ begin, end }: TreeNode): void => {
    for (let height = 0n; height < 64n; height += 1n) {
      const width = 1n << height;
      if (width < end - begin) continue;
      const key = `${String(height)}/${String(begin >> height)}`;
      if (known.has(key)) return;
      known.add(key);
    }
  };
  const find = (begin: bigint, end: bigint): Uint8Array | undefined => {
    const node = nodes.get(`${String(begin)}-${String(end)}`);
    if (node !== undefined) return node.hash;
    const count = end - begin;
    if (count === 1n || !known.has(placeOf(begin, count))) return undefined;
    const middle = begin + largestPowerBelow(count);
    const right = find(middle, end);
    const left = right === undefined ? undefined : find(begin, middle);
    return left === undefined || right === undefined ? undefined : nodeHash(left, right);
  };
  return {
    add(node, source) {
      const key = `${String(node.begin)}-${String(node.end)}`;
      const earlier = nodes.get(key);
      if (earlier === undefined) {
        nodes.set(key, { hash: node.hash, source });
        markAbove(node);
        return { agrees: false };
      }
      return sameBytes(earlier.hash, node.hash) ? { agrees: true } : { agrees: false, conflictsWith: earlier.source };
    },
    find,
  };
}

/** The complete subtree that a range lies in. */
function placeOf(begin: bigint, count: bigint): string {
  let height = 0n;
  while (1n << height < count) height += 1n;
  return `${String(height)}/${String(begin >> height)}`;
}

/** The largest power of two below a number above 1. */
function largestPowerBelow(count: bigint): bigint {
  let power = 1n;
  while (power * 2n < count) power *= 2n;
  return power;
}

/** Lower-case hexadecimal of each. */
export function hexOf(hashes: readonly Uint8Array[]): readonly string[] {
  return hashes.map(encodeHex);
}
