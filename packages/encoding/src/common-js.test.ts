import { expect, test } from 'vitest';
import { namesOfCommonJs } from './common-js.ts';

const names = { verify: () => true };

test.each([
  ['as Node gives it', { ...names, default: names, 'module.exports': names }],
  ['as a split bundle gives it', { default: names }],
  ['as Node gives one whose names it can’t see', { default: names, 'module.exports': names }],
  ['an ES module without a default', names],
])('finds the names: %s', (_, loaded) => {
  expect(namesOfCommonJs(loaded as typeof names).verify()).toBe(true);
});
