import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { withLeafImports } from './leaf-imports.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sigtrail-leaves-'));
  const files = {
    'index.ts': "export { one, two as second } from './list.ts';\nexport type { Kind } from './kind.ts';\n",
    'list.ts': "export { one } from './one.ts';\nexport { two } from './two.ts';\nexport const own = 3;\n",
    'one.ts': 'export const one = 1;\n',
    'two.ts': 'export const two = 2;\n',
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const replaced = (text: string): Promise<string> =>
  withLeafImports(text, join(folder, 'user.ts'), (name, importer) =>
    Promise.resolve(name.startsWith('.') ? join(importer, '..', name) : undefined),
  );
const leaf = (name: string, file: string, local = name): string =>
  `import { ${name} as ${local} } from ${JSON.stringify(join(folder, file))};`;

test.each([
  ["import { one } from './index.ts';", () => leaf('one', 'one.ts')],
  ["import { second as b, type Kind } from './index.ts';", () => leaf('two', 'two.ts', 'b')],
  [
    "import {\n  one,\n  second,\n} from './index.ts';",
    () => `${leaf('one', 'one.ts')} ${leaf('two', 'two.ts', 'second')}`,
  ],
  ["import { own } from './list.ts';", () => leaf('own', 'list.ts')],
  ["import { type Kind } from './index.ts';", () => ''],
  ["import { z } from 'zod';", () => "import * as z from 'zod';"],
  ["import { parse } from 'yaml';", () => "import { parse } from 'yaml';"],
  ["import * as all from './index.ts';", () => "import * as all from './index.ts';"],
  ["import type { Kind } from './index.ts';", () => "import type { Kind } from './index.ts';"],
  ["const { one } = await import('./index.ts');", () => "const { one } = await import('./index.ts');"],
])('%s', async (text, expected) => {
  expect(await replaced(text)).toBe(expected());
});
