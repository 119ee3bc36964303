import { expect, it } from 'vitest';
import { runMutations } from '../test/mutations/run.ts';
import { createSpecimens } from '../test/mutations/specimens.ts';

// A taste; `pnpm -s run mutations` runs 20,000, and as many as one asks for.
const parts = 4;
const mutations = 1000;

it.for(Array.from({ length: parts }, (_, part) => 1 + part * mutations))(
  'accepts no mutated bytes for what they don’t say, and refuses the others with a code (1,000 from seed %i)',
  { timeout: 300_000 },
  async (seed) => {
    const run = await runMutations({ seed, mutations, specimens: await createSpecimens() });
    expect(run.findings).toEqual([]);
    // Both must happen, or nothing was tested: spoiled evidence refused, and unsigned values ignored.
    expect(run.refused).toBeGreaterThan(mutations / 2);
    expect(run.accepted).toBeGreaterThan(mutations / 100);
    expect(run.codes.length).toBeGreaterThan(20);
  },
);
