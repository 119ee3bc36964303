import { randomUUID } from 'node:crypto';
import { access, constants, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf } from './error-code.ts';

/** Asks whether {@link writeWhole} can write there, before any work. @throws the error of the system */
export async function expectWritable(file: string): Promise<void> {
  const { place, isReplaced } = await placeOf(file);
  await access(isReplaced ? dirname(place) : place, constants.W_OK);
}

/** Writes a file in one step: a reader finds all of it, or what was there before. A pipe or a device is written to, since no other file can take its place. */
export async function writeWhole(file: string, content: string | Uint8Array): Promise<void> {
  const { place, isReplaced, mode } = await placeOf(file);
  if (!isReplaced) return writeFile(place, content);
  const part = `${place}.${randomUUID()}.part`;
  try {
    await writeFile(part, content, { flag: 'wx', mode });
    await rename(part, place);
  } finally {
    await rm(part, { force: true });
  }
}

interface Place {
  /** Where links lead. */
  readonly place: string;
  readonly isReplaced: boolean;
  readonly mode: number;
}

async function placeOf(file: string): Promise<Place> {
  try {
    const place = await realpath(file);
    const found = await stat(place);
    return { place, isReplaced: found.isFile(), mode: found.mode & 0o777 };
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    return { place: file, isReplaced: true, mode: 0o666 };
  }
}
