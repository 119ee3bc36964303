import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { manifestFields, REPOSITORY } from './manifest-fields.ts';
import { publishedPackages, root } from './workspace.ts';

describe.each(publishedPackages())('$manifest.name', ({ folder, directory, manifest }) => {
  test('says whose it is, where it lives and what it is about', () => {
    expect(manifest).toMatchObject(manifestFields(folder));
    expect(manifestFields(folder)['keywords']).not.toHaveLength(0);
  });

  test('links from its README to its own files, or by an address: npm shows the page without the repository', () => {
    const readme = readFileSync(join(directory, 'README.md'), 'utf8');
    const targets = [...readme.matchAll(/\]\((?!#)([^)\s]+)\)/g)].map(([, target]) => target ?? '');
    const shipped = (target: string): boolean => /^(README\.md|LICENSE|[a-z]+\.schema\.json)(#.*)?$/.test(target);
    expect(targets.filter((target) => !shipped(target) && !target.startsWith('https://'))).toEqual([]);
    const ours = targets.filter((target) => target.startsWith(`${REPOSITORY}/blob/main/`));
    const gone = ours.filter(
      (target) => !existsSync(join(root, target.slice(`${REPOSITORY}/blob/main/`.length).replace(/#.*/, ''))),
    );
    expect(gone).toEqual([]);
  });
});

test('every manifest names the one home of the project', () => {
  const manifests = publishedPackages().map(({ directory }) => readFileSync(join(directory, 'package.json'), 'utf8'));
  const homes = new Set(manifests.flatMap((text) => text.match(/https:\/\/github\.com\/[\w-]+\/[\w-]+/g) ?? []));
  expect([...homes]).toEqual([REPOSITORY]);
});
