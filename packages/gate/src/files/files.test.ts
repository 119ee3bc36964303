import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { replaceFiles } from '../pin/replace-files.ts';
import { parseEnvironmentFile } from './environment-file.ts';
import { readGateFiles } from './gate-file.ts';
import { neighboursBelow } from './read-neighbour.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sigtrail-files-'));
  return () => rmSync(folder, { recursive: true });
});
function put(name: string, contents: string | Uint8Array = 'FROM a\n'): string {
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, contents);
  return file;
}

describe('readGateFiles', () => {
  it('walks folders, and leaves out other people’s code and hidden folders', async () => {
    for (const name of [
      'Dockerfile',
      'a/compose.yaml',
      '.github/workflows/ci.yml',
      '.devcontainer/devcontainer.json',
      'node_modules/x/Dockerfile',
      '.git/Dockerfile',
      'vendor/Dockerfile',
      'notes.txt',
    ])
      put(name);
    put('elsewhere/Dockerfile.real');
    const { files, ignored, unreadable } = await readGateFiles([folder]);
    expect(files.map(({ file }) => file.slice(folder.length + 1))).toEqual([
      '.devcontainer/devcontainer.json',
      '.github/workflows/ci.yml',
      'Dockerfile',
      'a/compose.yaml',
      'elsewhere/Dockerfile.real',
    ]);
    expect([ignored, unreadable]).toEqual([3, []]);
  });

  it('reads a link that stays inside, and reports one that leads out or nowhere', async () => {
    const [inside, outside] = [put('deploy/p.txt'), put('elsewhere/p.txt')];
    const link = (name: string, target: string): string => {
      symlinkSync(target, join(folder, 'deploy', name));
      return join(folder, 'deploy', name);
    };
    const read = link('app.yaml', inside);
    const reported = [link('gone.yaml', join(folder, 'gone')), link('out.yaml', outside)];
    link('notes.txt', outside);
    link('sub', join(folder, 'elsewhere'));
    const walked = await readGateFiles([join(folder, 'deploy')]);
    expect(walked.files.map(({ file }) => file)).toEqual([read]);
    expect(new Set(walked.unreadable.map(({ file }) => file))).toEqual(new Set(reported));
    expect(walked.ignored).toBe(1);
    const below = await readGateFiles([join(folder, 'deploy')], folder);
    expect(below.files.map(({ file }) => file)).toEqual([read, join(folder, 'deploy/out.yaml')]);
  });

  it('reads a file once, named or not, and says what can’t be read', async () => {
    const file = put('odd.txt');
    const { files } = await readGateFiles([folder, file, file]);
    expect(files).toEqual([{ file, text: 'FROM a\n', isNamed: true }]);
    const broken = [
      join(folder, 'missing'),
      put('latin.yaml', Uint8Array.of(0x61, 0xff)),
      put('huge.yaml', new Uint8Array(8 * 1024 * 1024 + 1)),
    ];
    expect((await readGateFiles(broken)).unreadable.map(({ code }) => code)).toEqual([
      'unreadable-file',
      'not-utf8',
      'too-large',
    ]);
  });

  it.runIf(existsSync('/dev/zero'))('reads no more of a file without an end than of another one', async () => {
    const file = join(folder, 'compose.yaml');
    symlinkSync('/dev/zero', file);
    expect((await readGateFiles([file])).unreadable).toMatchObject([{ code: 'too-large', file }]);
    const largest = put('largest.yaml', '#'.repeat(8 * 1024 * 1024));
    expect((await readGateFiles([largest])).unreadable).toEqual([]);
  });

  it('keeps a byte-order mark', async () => {
    expect((await readGateFiles([put('Dockerfile', '\uFEFFFROM a\n')])).files[0]?.text).toBe('\uFEFFFROM a\n');
  });
});

it('reads neighbours below one folder, and nothing else', () => {
  const read = neighboursBelow(join(folder, 'project'));
  const from = put('project/compose.yaml');
  const secret = put('secret.yaml', 'x');
  put('project/sub/base.yaml', 'y');
  expect(read(from, 'sub/base.yaml')).toEqual({ file: join(folder, 'project/sub/base.yaml'), text: 'y' });
  for (const path of ['sub', 'missing.yaml', '../missing.yaml']) expect(read(from, path)).toBeUndefined();
  symlinkSync(secret, join(folder, 'project/link.yaml'));
  for (const path of ['../secret.yaml', secret, 'link.yaml', 'sub/../../secret.yaml'])
    expect(() => read(from, path)).toThrow(expect.objectContaining({ code: 'unreadable-file' }));
});

describe('replaceFiles', () => {
  it('replaces all, keeps modes and links, and leaves nothing behind', async () => {
    const [one, two] = [put('one', 'a\r\n'), put('two', 'b')];
    chmodSync(one, 0o640);
    symlinkSync(two, join(folder, 'link'));
    await replaceFiles([
      { file: one, before: 'a\r\n', after: 'A\r\n' },
      { file: join(folder, 'link'), before: 'b', after: 'B' },
    ]);
    expect([readFileSync(one, 'utf8'), readFileSync(two, 'utf8'), statSync(one).mode & 0o777]).toEqual([
      'A\r\n',
      'B',
      0o640,
    ]);
    expect(readdirSync(folder).toSorted()).toEqual(['link', 'one', 'two']);
  });

  it.each([
    ['changed meanwhile', 'B', 'changed-meanwhile'],
    ['missing', undefined, 'unwritable-file'],
  ])('replaces nothing where one of them is %s', async (_, second, code) => {
    const one = put('one', 'a');
    if (second !== undefined) put('two', second);
    const replaced = replaceFiles([
      { file: one, before: 'a', after: 'A' },
      { file: join(folder, 'two'), before: 'b', after: 'B!' },
    ]);
    await expect(replaced).rejects.toMatchObject({ code, file: join(folder, 'two') });
    expect(readFileSync(one, 'utf8')).toBe('a');
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
  });
});

describe('replaceFiles, where something happens meanwhile', () => {
  /** Does something when the new texts are on the disk, and the first file is not replaced yet. */
  async function replaceWhile(happens: () => void, files: readonly string[]): Promise<unknown> {
    const replaced = replaceFiles(files.map((file) => ({ file, before: 'a', after: 'A' })));
    const last = files.at(-1) ?? '';
    const isReady = (): boolean => readdirSync(folder).some((name) => name.startsWith(`${basename(last)}.`));
    // The files are written one after another, so that the last part ends what comes before the first rename.
    const watched = (async () => {
      while (!isReady()) await setImmediate();
      happens();
    })();
    const [done] = await Promise.allSettled([replaced, watched]);
    return done.status === 'rejected' ? done.reason : undefined;
  }

  it.each([
    ['first', 0],
    ['second', 1],
  ])('leaves all as they are where the %s is changed', async (_, which) => {
    const files = [put('one', 'a'), put('two', 'a')];
    const changed = files[which] ?? '';
    const error = await replaceWhile(() => writeFileSync(changed, 'theirs'), files);
    expect(error).toMatchObject({ code: 'changed-meanwhile', file: changed });
    expect(files.map((file) => readFileSync(file, 'utf8'))).toEqual(which === 0 ? ['theirs', 'a'] : ['a', 'theirs']);
    expect(readdirSync(folder).toSorted()).toEqual(['one', 'two']);
  });

  it('puts back what it replaced if a later file can’t be', async () => {
    const files = [put('one', 'a'), put('two', 'a')];
    const error = await replaceWhile(() => {
      rmSync(files[1] ?? '');
    }, files);
    expect(error).toMatchObject({ code: 'unwritable-file', file: files[1] });
    expect(readFileSync(files[0] ?? '', 'utf8')).toBe('a');
    expect(readdirSync(folder)).toEqual(['one']);
  });

  it('leaves a file alone that may not be written', async () => {
    const file = put('one', 'a');
    chmodSync(file, 0o444);
    const replaced = replaceFiles([{ file, before: 'a', after: 'A' }]);
    await expect(replaced).rejects.toMatchObject({
      code: 'unwritable-file',
      message: expect.stringContaining('read-only'),
    });
    expect(readFileSync(file, 'utf8')).toBe('a');
  });

  it('writes a file of two names once, or not at all', async () => {
    const file = put('one', 'a');
    const link = join(folder, 'link');
    symlinkSync(file, link);
    const both = (second: string) => [
      { file, before: 'a', after: 'A' },
      { file: link, before: 'a', after: second },
    ];
    await expect(replaceFiles(both('B'))).rejects.toMatchObject({ code: 'unwritable-file', file: link });
    expect(readFileSync(file, 'utf8')).toBe('a');
    await replaceFiles(both('A'));
    expect(readFileSync(file, 'utf8')).toBe('A');
    expect(readdirSync(folder).toSorted()).toEqual(['link', 'one']);
  });
});

describe('parseEnvironmentFile', () => {
  it('reads names, quotes and comments', () => {
    const text = '\uFEFF# top\r\nA=1\r\nexport B = two words # note\nC="x # y" # z\nD=\'$raw\'\nE=\nF\n';
    expect(parseEnvironmentFile(text)).toEqual({ A: '1', B: 'two words', C: 'x # y', D: '$raw', E: '' });
  });
  it.each(['A=$B\n', 'A="a\\n"\n', 'A="open\n', '1A=x\n', 'A="x"y\n'])('refuses %j at its line', (line) => {
    expect(() => parseEnvironmentFile(`X=1\n${line}`, 'my.env')).toThrow(
      expect.objectContaining({ code: 'invalid-environment-file', message: expect.stringContaining('my.env:2:1: ') }),
    );
  });
});
