import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { askLaterRelease, askPrograms, LATER_RELEASE, RECORDED } from '../compatibility/record.ts';
import { recordedAnswers } from '../compatibility/recorded-answers.ts';
import { ROWS } from '../compatibility/rows/index.ts';
import { findProgram } from './programs.ts';

const programs = ['cosign2', 'cosign3'].map((name) => findProgram(name)).filter((path) => path !== undefined);

describe.skipIf(programs.length < 2)('the answers of cosign in docs/compatibility.md', () => {
  it('are those of the real programs', async () => {
    expect(await askPrograms(ROWS, programs)).toEqual(JSON.parse(readFileSync(RECORDED, 'utf8')));
  }, 600_000);
});

// A later release is installed by hand: `go install github.com/sigstore/cosign/v3/cmd/cosign@…`.
const later = process.env['SIGTRAIL_LATER_COSIGN'];

describe.skipIf(later === undefined)('the answers of a later cosign in docs/compatibility.md', () => {
  it('are those of the real program', async () => {
    const answers = await askLaterRelease(ROWS, later ?? '', recordedAnswers());
    expect(answers).toEqual(JSON.parse(readFileSync(LATER_RELEASE, 'utf8')));
  }, 600_000);
});
