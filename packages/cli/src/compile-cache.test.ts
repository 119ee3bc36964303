import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compileCacheFolder } from './compile-cache.ts';

// Not below the folder for temporary files, which everybody can write to.
let home: string;
const uid = process.getuid?.() ?? 0;
const folderOf = (env: Readonly<Record<string, string>>, owner: number | undefined = uid): string | undefined =>
  compileCacheFolder({ env, uid: owner });

beforeEach(() => {
  mkdirSync(join(homedir(), '.cache'), { recursive: true });
  home = mkdtempSync(join(homedir(), '.cache', 'sigtrail-test-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

describe('the folder of compiled code', () => {
  it('is made in the home of the user, for this user alone', () => {
    const folder = folderOf({ HOME: home });
    expect(folder).toBe(join(home, '.cache', 'sigtrail', 'compiled'));
    expect(statSync(folder ?? '').mode & 0o777).toBe(0o700);
    expect(folderOf({ HOME: home })).toBe(folder);
  });

  it('is where XDG_CACHE_HOME says, unless that is relative', () => {
    expect(folderOf({ HOME: home, XDG_CACHE_HOME: join(home, 'caches') })).toBe(join(home, 'caches/sigtrail/compiled'));
    expect(folderOf({ HOME: home, XDG_CACHE_HOME: 'caches' })).toBe(join(home, '.cache/sigtrail/compiled'));
  });

  it.each(['', '.cache', '.cache/sigtrail', '.cache/sigtrail/compiled'])(
    'is not used where others can write to %j',
    (writable) => {
      mkdirSync(join(home, '.cache/sigtrail/compiled'), { recursive: true, mode: 0o700 });
      for (const mode of [0o720, 0o702]) {
        chmodSync(join(home, writable), mode);
        expect(folderOf({ HOME: home })).toBeUndefined();
      }
      chmodSync(join(home, writable), 0o755);
      expect(folderOf({ HOME: home })).toBeDefined();
    },
  );

  it('is not used if a link leads out of what is ours', () => {
    const shared = join(home, 'shared');
    mkdirSync(join(shared, 'sigtrail'), { recursive: true });
    chmodSync(shared, 0o777);
    symlinkSync(shared, join(home, '.cache'));
    expect(folderOf({ HOME: home })).toBeUndefined();
  });

  it('is not used if another user owns it, as for root with the home of a user', () => {
    expect(folderOf({ HOME: home })).toBeDefined();
    expect(folderOf({ HOME: home }, uid + 1)).toBe(uid === 0 ? join(home, '.cache/sigtrail/compiled') : undefined);
  });

  it.each([
    ['a home that is a file', 'file'],
    ['no home', ''],
  ])('is not used with %s', (_, name) => {
    writeFileSync(join(home, 'file'), '');
    expect(folderOf(name === '' ? {} : { HOME: join(home, name) })).toBeUndefined();
  });

  it('is not used if the system has no numeric users, or if it is turned off', () => {
    expect(compileCacheFolder({ env: { HOME: home }, uid: undefined })).toBeUndefined();
    expect(folderOf({ HOME: home, NODE_DISABLE_COMPILE_CACHE: '1' })).toBeUndefined();
  });
});
