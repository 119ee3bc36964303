import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { COMPATIBILITY_PAGE, compatibilityPage } from './compatibility.ts';
import { fixturesIfPresent } from '../fixtures-directory.ts';

const fixtures = fixturesIfPresent();

describe.skipIf(fixtures === undefined)('docs/compatibility.md', () => {
  test('is what the recorded lines give', async () => {
    expect(readFileSync(COMPATIBILITY_PAGE, 'utf8')).toBe(await compatibilityPage(fixtures ?? ''));
  }, 240_000);
});
