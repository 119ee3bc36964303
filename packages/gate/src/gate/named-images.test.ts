import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { namedImages } from './named-images.ts';

const folder = mkdtempSync(join(tmpdir(), 'sigtrail-named-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('namedImages', () => {
  it('follows a link below the root, and reports one that leads out of it', async () => {
    mkdirSync(join(folder, 'root', 'deploy'), { recursive: true });
    writeFileSync(join(folder, 'root', 'inside.txt'), 'FROM inside:1\n');
    writeFileSync(join(folder, 'outside.txt'), 'FROM outside:1\n');
    symlinkSync('../inside.txt', join(folder, 'root', 'deploy', 'Dockerfile'));
    const root = join(folder, 'root');
    const inside = await namedImages([join(root, 'deploy')], { root });
    expect([inside.references.map(({ repository }) => repository), inside.problems]).toEqual([['library/inside'], []]);

    symlinkSync('../../outside.txt', join(root, 'deploy', 'Dockerfile.other'));
    const outside = await namedImages([join(root, 'deploy')], { root });
    expect(outside.references.map(({ repository }) => repository)).toEqual(['library/inside']);
    expect(outside.problems).toEqual([expect.stringContaining('a link that leads out of')]);
  });
});
