import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';

/** Every file that a file of this package loads, directly or not, and every package. */
function importsOf(file: string, seen = new Set<string>()): Set<string> {
  for (const [, specifier = ''] of readFileSync(join(import.meta.dirname, file), 'utf8').matchAll(
    /(?:from|import) '([^']+)'/g,
  )) {
    const found = specifier.startsWith('.') ? join(dirname(file), specifier) : specifier;
    if (seen.has(found)) continue;
    seen.add(found);
    if (specifier.startsWith('.')) importsOf(found, seen);
  }
  return seen;
}

it.each([
  ['extensions.ts', 'decode-claims.ts'],
  ['certificate/index.ts', 'certificate/der.ts'],
])('the entry %s loads no other package than the one that everything here stands on', (entry, expected) => {
  const imports = [...importsOf(entry)];
  expect(imports).toContain(expected);
  expect(imports.filter((found) => !found.endsWith('.ts') && !found.startsWith('node:'))).toEqual([
    '@sigtrail/encoding',
  ]);
});
