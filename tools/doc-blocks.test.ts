import { expect, test } from 'vitest';
import { blockFile, blockModule, blocksOf } from './doc-blocks.ts';

const page = [
  '# A page',
  '',
  '<!-- given: declare const pem: string; -->',
  '```ts',
  'read(pem);',
  '```',
  '',
  '<!-- run -->',
  '```js',
  '1 + 1;',
  '```',
  '',
];

test('reads each block with what is given, and keeps its line numbers', () => {
  const [first, second] = blocksOf('docs/a.md', page.join('\n'));
  expect(first).toMatchObject({ line: 4, code: 'read(pem);\n', given: 'declare const pem: string;', runs: false });
  expect(second).toMatchObject({ line: 9, code: '1 + 1;\n', given: '', runs: true });
  if (first === undefined) throw new Error('no block');
  expect(blockFile(first)).toBe('docs-a-4.ts');
  expect(blockModule(first).split('\n').indexOf('read(pem);')).toBe(page.indexOf('read(pem);'));
});

test('leaves other languages alone', () => {
  expect(blocksOf('docs/a.md', '```sh\nls\n```\n\n```yaml\na: 1\n```\n')).toEqual([]);
});
