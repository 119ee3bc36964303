import { expect, it } from 'vitest';
import { fixturesIfPresent } from '../fixtures-directory.ts';
import { findWildLayouts } from './wild-layouts.ts';

const rows = await findWildLayouts(fixturesIfPresent() ?? '');

it.skipIf(rows.length === 0)('finds what others attached to real images, wherever they keep it', () => {
  expect(rows.filter(({ expected, found }) => expected !== found)).toEqual([]);
  expect(new Set(rows.map(({ through }) => through)).size).toBe(4);
});
