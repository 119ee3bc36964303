import { expect, test } from 'vitest';
import { FORMATS, KEYS, type MatrixCell, PROFILES, runKeyMatrix } from './key-matrix.ts';

test('every kind of key in every format and profile is accepted, and one bit further refused', async () => {
  const cells: MatrixCell[] = [];
  for await (const cell of runKeyMatrix()) cells.push(cell);
  expect(cells.filter(({ passed }) => !passed)).toEqual([]);
  expect(cells).toHaveLength(KEYS.length * FORMATS.length * PROFILES.length);
}, 240_000);
