import { expect, it } from 'vitest';
import { runMutations } from '../test/mutations/run.ts';
import { createSpecimens } from '../test/mutations/specimens.ts';

// 20,000 in all; the seeds of the parts follow each other, so that a finding's seed says everything.
const parts = 10;
const mutations = 2000;

it.for(Array.from({ length: parts }, (_, part) => 1 + part * mutations))(
  'accepts no mutated bytes for what they don’t say, and refuses the others with a code (2,000 from seed %i)',
  { timeout: 300_000 },
  async (seed) => {
    const run = await runMutations({ seed, mutations, specimens: await createSpecimens() });
    expect(run.findings).toEqual([]);
    // Both must happen, or nothing was tested: spoiled evidence refused, and what is nobody's word left aside.
    expect(run.refused).toBeGreaterThan(mutations / 2);
    expect(run.accepted).toBeGreaterThan(mutations / 100);
    expect(run.codes.length).toBeGreaterThan(20);
  },
);
