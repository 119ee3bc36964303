import { describe, expect, test } from 'vitest';
import { fixturesIfPresent } from '../fixtures-directory.ts';
import { runLocalStack } from './local-stack.ts';
import { compareCosignOutput } from './cosign-output.ts';
import { tamperingCodes } from './tampering-codes.ts';

const fixtures = fixturesIfPresent();

describe.skipIf(fixtures === undefined)('images of the local stack of the shared fixtures', () => {
  test.each(['on', 'off'] as const)(
    'get the right verdict for every recorded run with the stock judge %s',
    async (secondJudge) => {
      const { rows } = await runLocalStack(fixtures ?? '', { secondJudge });
      expect(rows.filter(({ pass }) => !pass)).toEqual([]);
      // A floor, so that a change of the harness that loses runs is seen.
      expect(rows.length).toBeGreaterThan(1100);
      const tampered = new Set(rows.map((row) => row.case).filter((name) => name.startsWith('neg-')));
      expect([...tampered].toSorted()).toEqual(Object.keys(tamperingCodes).toSorted());
    },
    240_000,
  );

  test('are printed as cosign printed them', async () => {
    const rows = await compareCosignOutput(fixtures ?? '');
    expect(rows.filter(({ difference }) => difference !== '')).toEqual([]);
    expect(rows.length).toBeGreaterThan(90);
  }, 120_000);
});
