import { describe, expect, test } from 'vitest';
import { fixturesIfPresent } from '../fixtures-directory.ts';
import { runPublishedBundles } from './published-bundles.ts';

const fixtures = fixturesIfPresent();

describe.skipIf(fixtures === undefined)('bundles that GitHub’s CLI and sigstore-js keep for their tests', () => {
  test.each(['on', 'off'] as const)(
    'are accepted for their signer and artifact and no other, with the second judge %s',
    async (secondJudge) => {
      const rows = await runPublishedBundles(fixtures ?? '', { secondJudge });
      expect(rows.filter(({ pass }) => !pass)).toEqual([]);
      expect(new Set(rows.map(({ bundle }) => bundle)).size).toBe(19);
      expect(rows.filter(({ run, actual }) => run === 'its signer' && actual === 'verified')).toHaveLength(15);
    },
    60_000,
  );
});
