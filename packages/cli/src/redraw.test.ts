import { expect, it } from 'vitest';
import { startRedraw } from './redraw.ts';

it('draws a text over the one before', () => {
  const written: string[] = [];
  const draw = startRedraw((text) => void written.push(text), 80);
  for (const text of ['one\ntwo\n', 'three\n', 'four\n']) draw(text);
  expect(written).toEqual(['one\ntwo\n', '\u001b[2A\u001b[Jthree\n', '\u001b[1A\u001b[Jfour\n']);
});

it('cuts lines that the terminal would break', () => {
  const written: string[] = [];
  startRedraw((text) => void written.push(text), 10)('123456789\n1234567890\n');
  expect(written).toEqual(['123456789\n12345678…\n']);
});
