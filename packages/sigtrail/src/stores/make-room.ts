import type { Dirent } from 'node:fs';
import { lstat, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';

/** A half-written file that a killed process left is deleted after this time: no write takes an hour. */
const ABANDONED_MS = 3_600_000;

interface Entry {
  readonly file: string;
  readonly bytes: number;
  readonly usedAt: number;
}

/**
 * Deletes the least recently used files until they take nine tenths of the space. Several processes may do so at once: a file that one of them deleted is gone
 * for the others, whose readers then fetch it again.
 */
export async function makeRoom(directory: string, maxBytes: number): Promise<void> {
  const entries: Entry[] = [];
  for (const folder of await list(directory)) {
    if (!folder.isDirectory() || !/^[0-9a-f]{2}$/.test(folder.name)) continue;
    for (const { name } of await list(join(directory, folder.name))) {
      const file = join(directory, folder.name, name);
      const found = await unlessGone(lstat(file));
      // Only what this store writes: a directory that someone named by mistake must not lose its files.
      if (found === undefined || !found.isFile() || !/^[0-9a-f]{62}(?:\.\d+-[0-9a-f-]{36}\.tmp)?$/.test(name)) continue;
      if (name.endsWith('.tmp') && Date.now() - found.mtimeMs > ABANDONED_MS) await unlessGone(unlink(file));
      else entries.push({ file, bytes: found.size, usedAt: found.mtimeMs });
    }
  }
  let total = entries.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total <= maxBytes) return;
  for (const { file, bytes } of entries.toSorted((a, b) => a.usedAt - b.usedAt)) {
    if (total <= maxBytes * 0.9) return;
    await unlessGone(unlink(file));
    total -= bytes;
  }
}

async function list(directory: string): Promise<readonly Dirent[]> {
  return (await unlessGone(readdir(directory, { withFileTypes: true }))) ?? [];
}

async function unlessGone<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
