import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import * as formats from './formats.ts';
import * as whole from './index.ts';

test('the entry "./formats" has functions of the main one', () => {
  expect({ ...whole }).toMatchObject({ ...formats });
});

test('the entry "./formats" loads nothing that can open a connection, and no schema', () => {
  const visited = new Set<string>();
  const visit = (file: string): void => {
    if (visited.has(file)) return;
    visited.add(file);
    for (const [, specifier = ''] of readFileSync(file, 'utf8').matchAll(
      /^(?:import|export) (?!type).*? from '([^']+)'/gms,
    )) {
      if (specifier.startsWith('.')) visit(join(file, '..', specifier));
      else expect(['node:crypto', '@sigtrail/encoding']).toContain(specifier); // which depends on nothing
    }
  };
  visit(join(import.meta.dirname, 'formats.ts'));
  expect(visited.size).toBe(4);
});
