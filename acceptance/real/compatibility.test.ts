import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { askPrograms, RECORDED } from '../compatibility/record.ts';
import { ROWS } from '../compatibility/rows/index.ts';
import { findProgram } from './programs.ts';

const programs = ['cosign2', 'cosign3'].map((name) => findProgram(name)).filter((path) => path !== undefined);

describe.skipIf(programs.length < 2)('the answers of cosign in docs/compatibility.md', () => {
  it('are those of the real programs', async () => {
    expect(await askPrograms(ROWS, programs)).toEqual(JSON.parse(readFileSync(RECORDED, 'utf8')));
  }, 600_000);
});
