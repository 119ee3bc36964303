import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rootFromInclusionProof } from './inclusion-proof.ts';
import { inclusionSteps } from './inclusion-steps.ts';
import { leafHash, nodeHash } from './merkle.ts';

const leaves = Array.from({ length: 70 }, (_, index) => leafHash(Buffer.from(`leaf ${index}`)));
const leafAt = (index: number): Uint8Array => leaves[index] ?? new Uint8Array();

function splitPoint(size: number): number {
  let k = 1;
  while (k * 2 < size) k *= 2;
  return k;
}
function rootOf(of: readonly Uint8Array[]): Uint8Array {
  const [only] = of;
  if (only !== undefined && of.length === 1) return only;
  const k = splitPoint(of.length);
  return nodeHash(rootOf(of.slice(0, k)), rootOf(of.slice(k)));
}
function pathOf(index: number, of: readonly Uint8Array[]): Uint8Array[] {
  if (of.length === 1) return [];
  const k = splitPoint(of.length);
  const [left, right] = [of.slice(0, k), of.slice(k)];
  return index < k ? [...pathOf(index, left), rootOf(right)] : [...pathOf(index - k, right), rootOf(left)];
}

describe('inclusionSteps', () => {
  it('leads from every leaf of every tree to its root', () => {
    const places = fc
      .integer({ min: 1, max: leaves.length })
      .chain((size) => fc.tuple(fc.nat(size - 1), fc.constant(size)));
    fc.assert(
      fc.property(places, ([index, size]) => {
        const tree = leaves.slice(0, size);
        const proof = { index, size, leafHash: leafAt(index), hashes: pathOf(index, tree) };
        const steps = inclusionSteps(proof);
        expect(steps.map(({ beside }) => beside)).toEqual(proof.hashes);
        expect(steps.at(-1)?.node ?? proof.leafHash).toEqual(rootFromInclusionProof(proof));
        expect(steps.at(-1)?.node ?? proof.leafHash).toEqual(rootOf(tree));
      }),
    );
  });

  it('says on which side each hash stands', () => {
    const proof = { index: 4, size: 5, leafHash: leafAt(4), hashes: pathOf(4, leaves.slice(0, 5)) };
    expect(inclusionSteps(proof).map(({ side }) => side)).toEqual(['left']);
    const inner = { index: 2, size: 5, leafHash: leafAt(2), hashes: pathOf(2, leaves.slice(0, 5)) };
    expect(inclusionSteps(inner).map(({ side }) => side)).toEqual(['right', 'left', 'right']);
  });

  it('refuses a path of another length', () => {
    expect(() => inclusionSteps({ index: 2, size: 5, leafHash: leafAt(2), hashes: [] })).toThrow(
      expect.objectContaining({ code: 'invalid-proof' }),
    );
  });
});
