import { expect, it } from 'vitest';
import { counted } from './counted.ts';

it.each([
  [counted(0, 'image'), '0 images'],
  [counted(1, 'image'), '1 image'],
  [counted(2, 'image'), '2 images'],
  [counted(1n, 'entry', 'entries'), '1 entry'],
  [counted('21', 'entry', 'entries'), '21 entries'],
  [counted(11, 'tag'), '11 tags'],
])('counts: %s', (text, expected) => {
  expect(text).toBe(expected);
});
