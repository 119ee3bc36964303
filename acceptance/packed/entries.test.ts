import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { runCommand } from '../../tools/command.ts';
import { installUnpacked } from '../../tools/packed-packages.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sigtrail-entries-'));
  await installUnpacked(folder, inject('packed'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('an installed package is what was packed, and leads nowhere into the workspace', async () => {
  const program = 'console.log(await import.meta.resolve("sigtrail"))';
  const { output } = await runCommand('node', ['--input-type=module', '--eval', program], { cwd: folder });
  expect(output).toBe(`file://${folder}/node_modules/sigtrail/dist/index.js`);
});

test('requiring the library from CommonJS gives the same names as importing it', async () => {
  const program =
    'import("sigtrail").then((m) => console.log(typeof require("sigtrail").verifyImage, typeof m.verifyImage))';
  const { output } = await runCommand('node', ['--input-type=commonjs', '--eval', program], { cwd: folder });
  expect(output).toBe('function function');
});
