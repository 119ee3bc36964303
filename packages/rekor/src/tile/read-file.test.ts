import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, it } from 'vitest';

import { readWhole } from './read-file.ts';

// A file whose size says a page and which holds less, as one does that was cut short after it was opened.
const SHORTER_THAN_ITS_SIZE = '/sys/devices/system/cpu/online';

describe('readWhole', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sigtrail-read-'));
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
  const write = (name: string, bytes: Uint8Array): string => {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    return path;
  };

  it.each([0, 1, 4096, 3_000_000])('gives a file of %i bytes whole', async (size) => {
    const bytes = Buffer.alloc(size, 7);
    expect(bytes.equals((await readWhole(write(String(size), bytes), size)) ?? Buffer.of(1))).toBe(true);
  });

  it('refuses a file over its limit before it holds it', async () => {
    const path = write('large', Buffer.alloc(11));
    await expect(readWhole(path, 10)).rejects.toMatchObject({ code: 'too-large' });
    await expect(readWhole(path, 11)).resolves.toHaveLength(11);
  });

  it('says of a folder that there is no file', async () => {
    await expect(readWhole(folder, 10)).resolves.toBeUndefined();
  });

  it('passes on why a file could not be opened', async () => {
    await expect(readWhole(join(folder, 'absent'), 10)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it.skipIf(!existsSync(SHORTER_THAN_ITS_SIZE))('gives what a file had when it is shorter than it said', async () => {
    const bytes = await readWhole(SHORTER_THAN_ITS_SIZE, 1 << 20);
    expect(String(Buffer.from(bytes ?? Buffer.of()))).toMatch(/^[\d,-]+\n$/);
  });
});
