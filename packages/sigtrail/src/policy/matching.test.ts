import fc from 'fast-check';
import { expect, it } from 'vitest';
import { maximumMatching } from './matching.ts';

/** All ways to give each signer one entry or none. */
function bruteForce(fits: readonly (readonly number[])[], taken: ReadonlySet<number> = new Set()): number {
  const [first, ...rest] = fits;
  if (first === undefined) return 0;
  const without = bruteForce(rest, taken);
  const free = first.filter((entry) => !taken.has(entry));
  return Math.max(without, ...free.map((entry) => 1 + bruteForce(rest, new Set([...taken, entry]))));
}

it.each([
  [[], 0],
  [[[0]], 1],
  // One signature fills one entry only.
  [[[0, 1, 2]], 1],
  // A pattern counts once, however many signatures fit it.
  [[[0], [0], [0]], 1],
  // A signer that took the entry which only another signer can fill must move.
  [[[0, 1], [0]], 2],
  [[[0, 1], [0, 2], [0]], 3],
])('finds for %j the size %i', (fits, size) => {
  expect(maximumMatching(fits)).toBe(size);
});

it('finds what brute force finds', () => {
  const graph = fc.array(fc.uniqueArray(fc.integer({ min: 0, max: 5 }), { maxLength: 6 }), { maxLength: 6 });
  fc.assert(
    fc.property(graph, (fits) => {
      expect(maximumMatching(fits)).toBe(bruteForce(fits));
    }),
    { numRuns: 1000, seed: 7 },
  );
});

it('takes a thousand signers and entries without deep recursion', () => {
  const fits = Array.from({ length: 1000 }, (_, signer) => Array.from({ length: 1000 - signer }, (__, entry) => entry));
  expect(maximumMatching(fits)).toBe(1000);
});
