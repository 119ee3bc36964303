import { expect, test } from 'vitest';
import { importCycles } from './import-cycles.ts';
import { sourceFiles } from './source-file.ts';

const file = (path: string, ...names: readonly string[]): { path: string; text: string; isTest: boolean } => ({
  path,
  text: names.map((name) => `import type { X } from '${name}';\n`).join(''),
  isTest: false,
});

test('finds a circle of two, one through a folder, and a file that imports itself', () => {
  expect(importCycles([file('a.ts', './b.ts'), file('b.ts', './a.ts', './c.ts'), file('c.ts', 'node:fs')])).toEqual([
    ['a.ts', 'b.ts'],
  ]);
  expect(importCycles([file('x/a.ts', '../b.ts'), file('b.ts', './c.ts'), file('c.ts', './x/a.ts')])).toEqual([
    ['b.ts', 'c.ts', 'x/a.ts'],
  ]);
  expect(importCycles([file('a.ts', './a.ts')])).toEqual([['a.ts']]);
});

test('finds none where the arrows meet without a circle', () => {
  expect(
    importCycles([file('a.ts', './b.ts', './c.ts'), file('b.ts', './d.ts'), file('c.ts', './d.ts'), file('d.ts')]),
  ).toEqual([]);
});

test('no file of the repository imports in a circle, type-only imports included', () => {
  const files = sourceFiles('{packages/*/{src,test},tools,acceptance,bench,examples}/**/*.ts');
  expect(files.length).toBeGreaterThan(400);
  expect(importCycles(files)).toEqual([]);
});
