import { expect, it } from 'vitest';
import { killLoop } from '../../test/kill-loop.ts';

// Every few writes here; `show rekor` kills at every one.
it.each([
  ['by the index', 'index', 4],
  ['at every entry', 'scan', 5],
  ['at places that signatures leave', 'places', 4],
] as const)(
  'loses, tears, repeats and misses nothing, wherever it is killed while it looks %s',
  { timeout: 240_000 },
  async (_, how, stride) => {
    const { kills, logged, told, faults, repeatedPosts } = await killLoop(stride, how);
    expect(faults).toEqual([]);
    expect(told).toBe(logged);
    expect(kills).toBeGreaterThan(8);
    // A webhook may hear again what was being delivered when the process died, under the same id.
    expect(repeatedPosts).toBeLessThanOrEqual(kills);
  },
);
