import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

/** Everything that a file of this package imports, directly or not. */
function importsOf(file: string, seen = new Set<string>()): Set<string> {
  const source = readFileSync(join(import.meta.dirname, file), 'utf8');
  for (const [, specifier = ''] of source.matchAll(/(?:from|import) '([^']+)'/g)) {
    if (seen.has(specifier)) continue;
    seen.add(specifier);
    if (specifier.startsWith('./')) importsOf(specifier, seen);
  }
  return seen;
}

describe('the entry "./extensions"', () => {
  it('loads no other package', () => {
    const imports = [...importsOf('extensions.ts')];
    expect(imports).toContain('./decode-claims.ts');
    expect(imports.filter((specifier) => !specifier.startsWith('./'))).toEqual([]);
  });
});
