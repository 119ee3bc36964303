import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { codesInSource } from '../packages/sigtrail/test/each-check/codes.ts';
import { docBlocks, docPages } from './doc-blocks.ts';
import { REPOSITORY } from './manifest-fields.ts';
import { publishedPackages, root } from './workspace.ts';

const pages = docPages();
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

/** The anchors that GitHub gives the headings of a page: letters, digits, hyphens and underscores, in small letters. */
const anchorsOf = (text: string): readonly string[] =>
  [...text.matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

describe.each(pages)('%s', (page) => {
  test('links only to files that are there', () => {
    const targets = [...read(page).matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g)].map((match) => match[1] ?? '');
    expect(targets.filter((target) => !existsSync(join(root, dirname(page), target)))).toEqual([]);
  });

  test('links only to headings that are there', () => {
    const ours = read(page).replaceAll(`${REPOSITORY}/blob/main/`, `${relative(dirname(page), '.') || '.'}/`);
    const targets = [...ours.matchAll(/\]\((?!https?:)([^)#\s]*\.md)?#([^)\s]+)\)/g)];
    const gone = targets.filter(([, path, anchor = '']) => {
      const target = path === undefined ? page : join(dirname(page), path);
      return !anchorsOf(read(target)).includes(anchor);
    });
    expect(gone.map(([link]) => link)).toEqual([]);
  });

  test('has as many cells in each row of a table as in its head: an unescaped pipe ends a cell, even in code', () => {
    const text = read(page).replaceAll(/^ *```[\s\S]*?^ *```$/gm, '');
    const tables = [...text.matchAll(/(?:^\|.*\n?)+/gm)].map(([table]) => table.trimEnd().split('\n'));
    const cellsOf = (row: string): number => row.split(/(?<!\\)\|/).length;
    const uneven = tables.flatMap(([head = '', ...rows]) => rows.filter((row) => cellsOf(row) !== cellsOf(head)));
    expect(uneven).toEqual([]);
  });

  test('names the version of pnpm that the workspace is pinned to', () => {
    const { packageManager } = JSON.parse(read('package.json')) as { packageManager: string };
    const named = [...read(page).matchAll(/\bpnpm@[\d.]*\d/g)].map(([text]) => text);
    expect(named.filter((text) => text !== packageManager)).toEqual([]);
  });
});

test.each(pages)('the first block of %s runs on every supported Node: 22 has no `await using`', (page) => {
  const first = docBlocks().find((block) => block.page === page);
  expect(first?.code ?? '').not.toMatch(/^\s*await using\b/m);
});

test('the README lists every published package', () => {
  const names = publishedPackages().map(({ manifest }) => manifest.name);
  expect(names.filter((name) => !read('README.md').includes(`| [\`${name}\`](packages/`))).toEqual([]);
});

test('docs/errors.md explains every code of the facade and of its checks', () => {
  const sources = globSync('packages/sigtrail/src/**/*.ts', { cwd: root }).filter((path) => !path.includes('.test'));
  const text = sources.map(read).join('\n');
  const union = /export type SigtrailErrorCode =([^;]*);/.exec(read('packages/sigtrail/src/error.ts'))?.[1] ?? '';
  const codes = [
    ...union.matchAll(/'([a-z-]+)'/g),
    ...text.matchAll(/\.(?:fail|skip)\(\s*'[a-z.-]+',\s*'([a-z-]+)'/g),
    ...text.matchAll(/new FormatError\(\s*'([a-z-]+)'/g),
    ...text.matchAll(/optionError\(\s*'([a-z-]+)'/g),
  ]
    .map(([, code]) => code ?? '')
    .concat(codesInSource());
  expect(codes.length).toBeGreaterThan(100);
  const page = read('docs/errors.md');
  expect([...new Set(codes)].filter((code) => !page.includes(`\`${code}\``))).toEqual([]);
});

test('a command that the README or CONTRIBUTING shows exists', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Readonly<Record<string, string>> };
  const text = read('README.md') + read('CONTRIBUTING.md');
  const shown = [...text.matchAll(/(?:`|npx -y )pnpm(?:@[\d.]+)?(?: -s)?(?: run)? ([a-z]+)\b/g)].map(
    (match) => match[1] ?? '',
  );
  expect(shown.length).toBeGreaterThan(5);
  expect(shown.filter((name) => scripts[name] === undefined)).toEqual([]);
});

test('a block that is a file shows the file', () => {
  const shown = pages.flatMap((page) => [...read(page).matchAll(/^<!-- file: (\S+) -->\n```\w+\n([\s\S]*?)^```$/gm)]);
  expect(shown.length).toBeGreaterThan(0);
  for (const [, path = '', code] of shown) expect(code).toBe(read(path));
});

test('every block of TypeScript is among those that the check compiles against the tarballs', () => {
  const fences = pages.flatMap((page) => [
    ...read(page).matchAll(/^```(?:ts|js|tsx|jsx|typescript|javascript|mjs)\b/gm),
  ]);
  expect(docBlocks()).toHaveLength(fences.length);
});

test('each promise of SECURITY.md names tests that are there', () => {
  const [, promised = ''] = /### What is promised\n([\s\S]*?)\n### /.exec(read('SECURITY.md')) ?? [];
  const promises = promised.split(/\n(?=\d+\. )/).filter((text) => /^\d+\. /.test(text.trim()));
  expect(promises.length).toBeGreaterThan(7);
  const testsOf = (promise: string): readonly string[] =>
    [...promise.matchAll(/\]\(([^)]+\.test\.ts)\)/g)].map(([, path]) => path ?? '');
  expect(promises.filter((promise) => testsOf(promise).length === 0)).toEqual([]);
  expect(promises.flatMap(testsOf).filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

/** The sections of docs/threat-model.md that have a table. */
const threats = read('docs/threat-model.md')
  .split(/\n(?=## )/)
  .filter((section) => /^\|---/m.test(section));

test('every table of docs/threat-model.md names the tests that show it', () => {
  expect(threats.length).toBeGreaterThan(6);
  const untested = threats.filter((section) => !/[\w/-]\.test\.ts\b/.test(section));
  expect(untested.map((section) => section.split('\n')[0])).toEqual([]);
});

test('every advisory of docs/threat-model.md is a test of the file that the page says', () => {
  const [section = ''] = threats.filter((text) => text.includes('## What went wrong elsewhere'));
  const files = new Map(
    [...section.matchAll(/`(\w+)` is\s+`(\S+\.test\.ts)`/g)].map(([, name = '', path = '']) => [name, read(path)]),
  );
  const rows = [...section.matchAll(/^\| (S\d+) \|.*\| ([\w, ]+) \|$/gm)];
  expect(rows.length).toBeGreaterThan(10);
  const missing = rows.flatMap(([, name = '', where = '']) =>
    where
      .split(', ')
      .filter((file) => !new RegExp(`'${name}\\b`).test(files.get(file) ?? ''))
      .map((file) => `${name} in ${file}`),
  );
  expect(missing).toEqual([]);
});
