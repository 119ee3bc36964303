import { describe, expect, test } from 'vitest';
import { fixturesIfPresent } from '../fixtures-directory.ts';
import { runWildFixtures } from './wild-fixtures.ts';

const fixtures = fixturesIfPresent();

describe.skipIf(fixtures === undefined)('signatures of real images in the shared fixtures', () => {
  test.each(['on', 'off'] as const)(
    'are accepted for their signers and no others, with the second judge %s',
    async (secondJudge) => {
      const rows = await runWildFixtures(fixtures ?? '', { secondJudge });
      expect(rows.filter(({ pass }) => !pass)).toEqual([]);
      expect(new Set(rows.map(({ fixture }) => fixture)).size).toBe(18);
    },
    120_000,
  );
});
