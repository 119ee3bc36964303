import { describe, expect, it } from 'vitest';
import { runAbsenceMatrix, runPositiveAnswers } from './absence-matrix.ts';

// The other faults, and those that must wait for a deadline, are in `pnpm run show attached-artifacts`.
const SHORT = new Set([
  'connection refused',
  'reset in the body',
  'Content-Length too short',
  '401',
  '404 that is a web page',
  '404 that hides',
  '429 with Retry-After',
  '500',
  'web page',
  'other bytes',
]);

describe('what is hidden behind a fault', () => {
  it('is never called absent, by any function', { timeout: 120_000 }, async () => {
    const cells = await runAbsenceMatrix((fault) => SHORT.has(fault));
    expect(cells.length).toBeGreaterThan(200);
    expect(cells.filter(({ flaw }) => flaw !== undefined)).toEqual([]);
  });

  it('is told from nothing at all, which is called unsigned', async () => {
    expect((await runPositiveAnswers()).map(({ answer }) => answer)).toEqual([
      'rejected unsigned',
      'rejected unsigned',
    ]);
  });
});
