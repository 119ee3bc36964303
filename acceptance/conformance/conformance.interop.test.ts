import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runConformance } from './conformance.ts';
import { fixturesIfPresent } from '../fixtures-directory.ts';

const fixtures = fixturesIfPresent();

describe.skipIf(fixtures === undefined)('sigstore-conformance suite of the shared fixtures', () => {
  test.each(['on', 'off'] as const)(
    'gets 70 verdicts right by file and 70 by digest, each refusal for its own reason, with the stock judge %s',
    async (secondJudge) => {
      const results = await runConformance(join(fixtures ?? '', 'conformance'), { secondJudge });
      expect(results.filter(({ expected, actual }) => expected !== actual)).toEqual([]);
      // Each for its own reason.
      expect(results.filter(({ code, expectedCode }) => code !== expectedCode)).toEqual([]);
      expect(results).toHaveLength(140);
    },
    120_000,
  );
});
