import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundleCommand } from './command-bundle.ts';
import { sourceFiles, withoutComments } from './source-file.ts';
import { type BundledPackage, titleOf } from './third-party.ts';
import { UNDICI_FILES } from './undici-agents.ts';
import { root } from './workspace.ts';

let folder: string;
let packages: readonly BundledPackage[];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sigtrail-command-'));
  packages = await bundleCommand(join(folder, 'one'));
  await bundleCommand(join(folder, 'other'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const read = (name: string): string => readFileSync(join(folder, 'one', name), 'utf8');

describe('the published command', () => {
  test('is one program, what starts it, and the licences: no source map', () => {
    expect(readdirSync(join(folder, 'one'))).toEqual(['LICENSES.txt', 'program.cjs', 'sigtrail.cjs']);
    expect(read('program.cjs') + read('sigtrail.cjs')).not.toMatch(/[#@] ?sourceMappingURL=/);
  });

  test('has the same bytes when it is made again, and names no folder of the machine that made it', () => {
    for (const name of readdirSync(join(folder, 'one'))) {
      expect([name, readFileSync(join(folder, 'other', name), 'utf8') === read(name)]).toEqual([name, true]);
      expect([name, read(name).includes(root)]).toEqual([name, false]);
    }
  });

  test('is kept by V8 in one byte a character', () => {
    expect(read('program.cjs').match(/[^\0-\xff]/g)).toBeNull();
  });

  test('has all of undici that the connections use, and not the rest', () => {
    const used = sourceFiles('packages/http/src/**/*.ts')
      .filter(({ isTest }) => !isTest)
      .flatMap(({ text }) => [...withoutComments(text).matchAll(/\bundici\.(\w+)/g)].map(([, name]) => name));
    expect(new Set(used)).toEqual(new Set(Object.keys(UNDICI_FILES)));
    expect(read('program.cjs')).not.toContain('class WebSocket');
  });

  test('needs no package: it loads only modules of Node, and what may be installed beside it', () => {
    const names = [...read('program.cjs').matchAll(/\b(?:require|import)\("([^"]+)"\)/g)].map(([, name]) => name ?? '');
    const program = `console.log(JSON.stringify(${JSON.stringify(names)}.filter((name) => !require('node:module').isBuiltin(name))))`;
    const others = JSON.parse(execFileSync(process.execPath, ['-e', program], { encoding: 'utf8' })) as string[];
    expect(others.filter((name) => !/^@sigtrail\/(gate|fleet|admission)(\/|$)/.test(name))).toEqual([]);
  });

  test('prints its version without the program', () => {
    rmSync(join(folder, 'other', 'program.cjs'));
    const start = join(folder, 'other', 'sigtrail.cjs');
    const { version } = JSON.parse(readFileSync(join(root, 'packages/cli/package.json'), 'utf8')) as {
      version: string;
    };
    for (const flag of ['--version', '-V'])
      expect(execFileSync(process.execPath, [start, flag], { encoding: 'utf8' })).toBe(`${version}\n`);
  });
});

describe('the licences', () => {
  test('have every package that left code in the program, with its text', () => {
    const text = read('LICENSES.txt');
    expect(packages.length).toBeGreaterThan(10);
    for (const one of packages) {
      expect(text).toContain(`\n  ${titleOf(one)}  ${one.licence}\n`);
      for (const part of one.texts) expect(text).toContain(part);
    }
    const names = packages.map(({ name }) => name);
    // Each of these leaves a string in the program that nothing else has.
    expect(names).toEqual(expect.arrayContaining(['undici', 'zod', 'commander', '@sigstore/verify', 'yaml', 're2js']));
  });

  test('are of the kinds that ask for no more than their text', () => {
    const kinds = new Set(packages.map(({ licence }) => licence));
    expect([...kinds].filter((kind) => !['MIT', 'ISC', 'Apache-2.0', 'BlueOak-1.0.0'].includes(kind))).toEqual([]);
  });
});
