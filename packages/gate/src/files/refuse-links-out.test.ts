import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { refuseLinksOut } from './refuse-links-out.ts';

let folder: string;
const at = (name: string): string => join(folder, name);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sigtrail-links-'));
  for (const name of ['repo', 'repo/deploy', 'repo/shared', 'elsewhere']) mkdirSync(at(name));
  for (const name of ['repo/deploy/plain.yaml', 'repo/shared/app.yaml', 'elsewhere/app.yaml'])
    writeFileSync(at(name), '');
  symlinkSync('../shared/app.yaml', at('repo/deploy/inside.yaml'));
  symlinkSync(at('elsewhere/app.yaml'), at('repo/deploy/outside.yaml'));
  symlinkSync(at('elsewhere'), at('repo/out'));
  symlinkSync(at('repo/shared/app.yaml'), at('elsewhere/away.yaml'));
  return () => rmSync(folder, { recursive: true });
});

it.each([
  ['a file of the folder', 'repo/deploy/plain.yaml', true],
  ['a link that stays below the folder', 'repo/deploy/inside.yaml', true],
  ['a new file', 'repo/deploy/new.json', false],
  ['a file that was given outside the folder', 'elsewhere/app.yaml', true],
])('takes %s', async (_, file, isThere) => {
  await expect(refuseLinksOut(at(file), at('repo'), isThere)).resolves.toBeUndefined();
});

it.each([
  ['a link that leads out', 'repo/deploy/outside.yaml', true],
  ['a file behind a folder that leads out', 'repo/out/app.yaml', true],
  ['a new file behind a folder that leads out', 'repo/out/new.json', false],
  ['a link outside the folder that leads to another one', 'elsewhere/away.yaml', true],
  ['a file that is gone', 'repo/deploy/gone.yaml', true],
])('refuses %s', async (_, file, isThere) => {
  await expect(refuseLinksOut(at(file), at('repo'), isThere)).rejects.toMatchObject({
    code: 'unwritable-file',
    file: at(file),
  });
});
