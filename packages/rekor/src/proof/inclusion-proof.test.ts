import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { encodeHex } from '@sigtrail/encoding';
import { rootFromInclusionProof, verifyInclusion } from './inclusion-proof.ts';
import { leafHash, nodeHash } from './merkle.ts';

/** The definitions of RFC 9162 §2.1.1 and §2.1.3.1, recursive as they stand there. */
function splitPoint(size: number): number {
  let k = 1;
  while (k * 2 < size) k *= 2;
  return k;
}
function rootOf(leaves: readonly Uint8Array[]): Uint8Array {
  const [only] = leaves;
  if (only !== undefined && leaves.length === 1) return only;
  const k = splitPoint(leaves.length);
  return nodeHash(rootOf(leaves.slice(0, k)), rootOf(leaves.slice(k)));
}
function pathOf(index: number, leaves: readonly Uint8Array[]): Uint8Array[] {
  if (leaves.length === 1) return [];
  const k = splitPoint(leaves.length);
  const [left, right] = [leaves.slice(0, k), leaves.slice(k)];
  return index < k ? [...pathOf(index, left), rootOf(right)] : [...pathOf(index - k, right), rootOf(left)];
}

const leaves = Array.from({ length: 70 }, (_, index) => leafHash(Buffer.from(`leaf ${String(index)}`)));
function proofOf(index: number, size: number): Parameters<typeof verifyInclusion>[0] {
  const tree = leaves.slice(0, size);
  return {
    index,
    size,
    leafHash: leaves[index] ?? new Uint8Array(),
    hashes: pathOf(index, tree),
    rootHash: rootOf(tree),
  };
}
const places = fc
  .integer({ min: 1, max: leaves.length })
  .chain((size) => fc.tuple(fc.nat(size - 1), fc.constant(size)));

describe('leafHash and nodeHash', () => {
  it('give the constants of RFC 6962 test data', () => {
    expect(encodeHex(leafHash(new Uint8Array()))).toBe(
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
    );
    expect(encodeHex(leafHash(Buffer.from('L123456')))).toMatch(/^395aa064/);
    expect(encodeHex(nodeHash(Buffer.from('N123'), Buffer.from('N456')))).toMatch(/^aa217fe8/);
  });
});

describe('verifyInclusion', () => {
  it('proves every leaf of every tree, with numbers and with bigints', () => {
    fc.assert(
      fc.property(places, ([index, size]) => {
        const proof = proofOf(index, size);
        expect(verifyInclusion(proof)).toBe(true);
        expect(verifyInclusion({ ...proof, index: BigInt(index), size: BigInt(size) })).toBe(true);
      }),
    );
  });

  it('proves nothing once any bit of leaf, path or root differs', () => {
    fc.assert(
      fc.property(places, fc.nat(), fc.nat(255), ([index, size], pick, bit) => {
        const proof = proofOf(index, size);
        const parts = [proof.leafHash, proof.rootHash, ...proof.hashes].map((part) => Uint8Array.from(part));
        const changed = parts[pick % parts.length] ?? new Uint8Array();
        const at = bit >> 3;
        changed[at] = (changed[at] ?? 0) ^ (1 << (bit & 7));
        const [leaf = changed, rootHash = changed, ...hashes] = parts;
        expect(verifyInclusion({ ...proof, leafHash: leaf, rootHash, hashes })).toBe(false);
      }),
    );
  });

  it('proves nothing for a different index, or with a hash too few or too many', () => {
    fc.assert(
      fc.property(places, fc.nat(80), ([index, size], other) => {
        const proof = proofOf(index, size);
        fc.pre(other !== index);
        expect(verifyInclusion({ ...proof, index: other })).toBe(false);
        expect(verifyInclusion({ ...proof, hashes: [...proof.hashes, leaves[0] ?? new Uint8Array()] })).toBe(false);
        if (proof.hashes.length > 0) expect(verifyInclusion({ ...proof, hashes: proof.hashes.slice(1) })).toBe(false);
      }),
    );
  });
});

describe('rootFromInclusionProof', () => {
  it('follows a path in trees that need more than 32 bits, as in small ones', () => {
    // The right edge of a tree of 2^40 + 1 leaves: the last leaf has the whole left tree beside it, and nothing else.
    const [leaf = new Uint8Array(), left = leaf] = leaves;
    const tall = { index: 2 ** 40, size: 2 ** 40 + 1, leafHash: leaf, hashes: [left] };
    expect(rootFromInclusionProof(tall)).toEqual(nodeHash(left, leaf));
    // One leaf more, at the bit pattern 1…01 of 41 bits: its left neighbour is below it, then the left tree.
    const next = { index: 2 ** 40 + 1, size: 2n ** 40n + 2n, leafHash: leaf, hashes: [left, leaf] };
    expect(rootFromInclusionProof(next)).toEqual(nodeHash(leaf, nodeHash(left, leaf)));
    // A leaf of the left tree climbs 40 levels, on the left but for one in the upper half of its index, and has the right edge at the top.
    const deep = { index: 2 ** 35, size: 2 ** 40 + 1, leafHash: leaf, hashes: Array.from({ length: 41 }, () => left) };
    let root = leaf;
    for (let height = 0; height < 41; height += 1) root = height === 35 ? nodeHash(left, root) : nodeHash(root, left);
    expect(rootFromInclusionProof(deep)).toEqual(root);
  });

  it('gives the leaf as the root of a tree of one', () => {
    const { leafHash: leaf } = proofOf(0, 1);
    expect(rootFromInclusionProof({ index: 0, size: 1, leafHash: leaf, hashes: [] })).toEqual(leaf);
  });

  const good = proofOf(3, 7);
  it.each([
    ['an index equal to the size', { ...good, index: 7 }],
    ['an empty tree', { ...good, index: 0, size: 0 }],
    ['a negative index', { ...good, index: -1 }],
    ['an index that is not a whole number', { ...good, index: 0.5 }],
    ['a size above 2^53 as a number', { ...good, size: 2 ** 53 }],
    ['a size above 2^64', { ...good, size: 2n ** 64n }],
    ['an index of another type', { ...good, index: '3' as unknown as number /* JavaScript callers */ }],
    ['a path too short', { ...good, hashes: good.hashes.slice(1) }],
    ['a path too long', { ...good, hashes: [...good.hashes, good.leafHash] }],
    ['a leaf hash of another width', { ...good, leafHash: new Uint8Array(31) }],
    ['a path hash of another width', { ...good, hashes: [new Uint8Array(33), ...good.hashes.slice(1)] }],
  ])('refuses %s', (_what, proof) => {
    expect(() => rootFromInclusionProof(proof)).toThrow(expect.objectContaining({ code: 'invalid-proof' }));
    expect(verifyInclusion({ ...proof, rootHash: good.rootHash })).toBe(false);
  });
});
