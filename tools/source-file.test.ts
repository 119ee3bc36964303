import { describe, expect, test } from 'vitest';
import { importedNames, packageOf, withoutComments } from './source-file.ts';

describe('importedNames', () => {
  test.each([
    ["import { a } from 'x';", ['x']],
    ["import type { A } from './a.ts';", ['./a.ts']],
    ["import {\n  a,\n  b,\n} from '@scope/x/y';", ['@scope/x/y']],
    ["import 'reflect-metadata';", ['reflect-metadata']],
    ["export { a } from './b.ts';", ['./b.ts']],
    ["export * from './b.ts';", ['./b.ts']],
    ["const x = await import('late');", ['late']],
    ['/** import { a } from "doc"; */\nimport b from "real";', ['real']],
    ["// import 'commented';", []],
    ["type T = import('types').T;", ['types']],
    ["const words = ['from', 'to'];", []],
    ["export const words = ['from', 'to'];", []],
    ["const url = 'https://x';\nimport 'y';", ['y']],
  ])('of %j is %j', (text, expected) => {
    expect(importedNames(text)).toEqual(expected);
  });
});

test('withoutComments keeps strings that look like comments, and line numbers', () => {
  expect(withoutComments("a('//x'); // gone\n/* gone\n*/ b(`/*`);")).toBe("a('//x');        \n       \n   b(`/*`);");
});

test.each([
  ['zod', 'zod'],
  ['sigtrail/report', 'sigtrail'],
  ['@scope/name', '@scope/name'],
  ['@scope/name/sub/path', '@scope/name'],
])('packageOf(%j) is %j', (name, expected) => {
  expect(packageOf(name)).toBe(expected);
});
