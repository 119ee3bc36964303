import { expect, it } from 'vitest';
import { killLoop } from '../../test/kill-loop.ts';

// Every third write here; `show rekor` kills at every one.
it('loses, tears, repeats and misses nothing, wherever it is killed', { timeout: 240_000 }, async () => {
  const { kills, logged, told, faults, repeatedPosts } = await killLoop(3);
  expect(faults).toEqual([]);
  expect(told).toBe(logged);
  expect(kills).toBeGreaterThan(10);
  // A webhook may hear again what was being delivered when the process died, under the same id.
  expect(repeatedPosts).toBeLessThanOrEqual(kills);
});
