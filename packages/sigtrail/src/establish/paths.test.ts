import { expect, it } from 'vitest';
import { comparePaths } from '../../test/mutations/compare-paths.ts';

// A short run; `pnpm -s show verification` compares more.
it.each(['on', 'off'] as const)(
  'reports the same with remembered answers as without, with the stock judge %s',
  { timeout: 120_000 },
  async (secondJudge) => {
    const { accepted, differences, compared } = await comparePaths({ seed: 20_260_301, mutations: 250, secondJudge });
    expect(differences).toEqual([]);
    expect(accepted).toBeGreaterThan(compared / 10);
  },
);
