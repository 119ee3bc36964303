import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { COMPATIBILITY_PAGE } from '../local-stack/compatibility.ts';
import { askRow } from './ask.ts';
import { peersOf, rowsSection } from './page.ts';
import { recordedAnswers } from './recorded-answers.ts';
import { ROWS } from './rows/index.ts';

describe('what people really make', () => {
  test.each(ROWS.map((row) => [row.name, row] as const))('%s', async (_, row) => {
    expect(await askRow(row)).toBe(row.ours);
  });
});

test('each row has a name of its own', () => {
  const names = ROWS.map(({ name }) => name);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

test('cosign’s answers are recorded for the rows that have a line, and for no other', () => {
  const lines = ROWS.filter(({ ask }) => typeof ask !== 'function').map(({ name }) => name);
  expect(Object.keys(recordedAnswers())).toEqual(lines);
});

test('a row that differs from a peer says why', () => {
  const isYes = (answer: string): boolean => answer.startsWith('accepted');
  const silent = ROWS.filter(
    (row) => row.because === undefined && peersOf(row).some(({ answer }) => isYes(answer) !== isYes(row.ours)),
  );
  expect(silent.map(({ name }) => name)).toEqual([]);
});

test('docs/compatibility.md has the rows as they are', () => {
  expect(readFileSync(COMPATIBILITY_PAGE, 'utf8')).toContain(rowsSection());
});
