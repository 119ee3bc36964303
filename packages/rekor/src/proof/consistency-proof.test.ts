import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { verifyConsistency } from './consistency-proof.ts';
import { leafHash, nodeHash } from './merkle.ts';

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
/** SUBPROOF(m, D_n, b) of RFC 9162 §2.1.4.1. */
function subproof(first: number, leaves: readonly Uint8Array[], isWhole: boolean): Uint8Array[] {
  if (first === leaves.length) return isWhole ? [] : [rootOf(leaves)];
  const k = splitPoint(leaves.length);
  const [left, right] = [leaves.slice(0, k), leaves.slice(k)];
  return first <= k
    ? [...subproof(first, left, isWhole), rootOf(right)]
    : [...subproof(first - k, right, false), rootOf(left)];
}

const leaves = Array.from({ length: 70 }, (_, index) => leafHash(Buffer.from(`leaf ${String(index)}`)));
function proofOf(firstSize: number, secondSize: number): Parameters<typeof verifyConsistency>[0] {
  const second = leaves.slice(0, secondSize);
  return {
    firstSize,
    firstRoot: rootOf(leaves.slice(0, firstSize)),
    secondSize,
    secondRoot: rootOf(second),
    hashes: subproof(firstSize, second, true),
  };
}
const sizes = fc
  .integer({ min: 1, max: leaves.length })
  .chain((second) => fc.tuple(fc.integer({ min: 1, max: second }), fc.constant(second)));

describe('verifyConsistency', () => {
  it('holds for every pair of trees, with numbers and with bigints', () => {
    fc.assert(
      fc.property(sizes, ([first, second]) => {
        const proof = proofOf(first, second);
        expect(verifyConsistency(proof)).toBe(true);
        expect(verifyConsistency({ ...proof, firstSize: BigInt(first), secondSize: BigInt(second) })).toBe(true);
      }),
    );
  });

  it('fails once any bit of a root or hash differs', () => {
    fc.assert(
      fc.property(sizes, fc.nat(), fc.nat(255), ([first, second], pick, bit) => {
        const proof = proofOf(first, second);
        const parts = [proof.firstRoot, proof.secondRoot, ...proof.hashes].map((part) => Uint8Array.from(part));
        const changed = parts[pick % parts.length] ?? new Uint8Array();
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const [firstRoot = changed, secondRoot = changed, ...hashes] = parts;
        expect(verifyConsistency({ ...proof, firstRoot, secondRoot, hashes })).toBe(false);
      }),
    );
  });

  it('fails for a log that was rewritten', () => {
    const rewritten = [...leaves.slice(0, 4), leafHash(Buffer.from('another')), ...leaves.slice(5, 9)];
    const proof = { ...proofOf(6, 9), secondRoot: rootOf(rewritten), hashes: subproof(6, rewritten, true) };
    expect(verifyConsistency(proof)).toBe(false);
  });

  const good = proofOf(6, 9);
  it.each([
    ['a log that shrank', { ...proofOf(6, 9), firstSize: 9, secondSize: 6 }],
    ['an empty first tree', { ...good, firstSize: 0 }],
    ['an empty first tree without hashes', { ...good, firstSize: 0, hashes: [] }],
    ['equal sizes with different roots', { ...good, secondSize: 6, hashes: [] }],
    ['equal sizes with hashes', { ...proofOf(6, 6), hashes: good.hashes }],
    ['a hash too few', { ...good, hashes: good.hashes.slice(0, -1) }],
    ['a hash too many', { ...good, hashes: [...good.hashes, good.firstRoot] }],
    ['no hashes', { ...good, hashes: [] }],
    ['a hash of another width', { ...good, hashes: [new Uint8Array(31), ...good.hashes.slice(1)] }],
    ['a root of another width', { ...good, firstRoot: new Uint8Array() }],
    ['a negative size', { ...good, firstSize: -6 }],
    ['a size that is not a whole number', { ...good, secondSize: 9.5 }],
  ])('fails for %s', (_what, proof) => {
    expect(verifyConsistency(proof)).toBe(false);
  });
});
