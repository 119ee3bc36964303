import { randomUUID } from 'node:crypto';
import { access, constants, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { codeOf } from './error-code.ts';

/** Asks whether {@link writeWhole} can write there, before any work. @throws the error of the system */
export async function expectWritable(file: string): Promise<void> {
  const { place, isReplaced } = await placeOf(file);
  await access(isReplaced ? dirname(place) : place, constants.W_OK);
}

/** Writes a file in one step: a reader finds all of it, or what was there before. A pipe or a device is written to, since no other file can take its place. */
export async function writeWhole(file: string, content: string | Uint8Array): Promise<void> {
  const { write, end, drop } = await openWhole(file);
  try {
    await write(content);
    await end();
  } finally {
    await drop();
  }
}

/** The same for a content that comes in parts. After `drop`, an unfinished file is gone; after `end`, it does nothing. */
export interface WholeFile {
  readonly write: (part: string | Uint8Array) => Promise<void>;
  readonly end: () => Promise<void>;
  readonly drop: () => Promise<void>;
}

/** Begins a file that takes its place when it ends. */
export async function openWhole(file: string): Promise<WholeFile> {
  const { place, isReplaced, mode } = await placeOf(file);
  const part = isReplaced ? `${place}.${randomUUID()}.part` : place;
  const handle = await open(part, isReplaced ? 'wx' : 'w', mode);
  let isOpen = true;
  const close = async (): Promise<void> => {
    if (isOpen) await handle.close();
    isOpen = false;
  };
  return {
    write: async (content) => handle.writeFile(content),
    end: async () => {
      await close();
      if (isReplaced) await rename(part, place);
    },
    drop: async () => {
      await close();
      if (isReplaced) await rm(part, { force: true });
    },
  };
}

interface Place {
  readonly place: string;
  readonly isReplaced: boolean;
  readonly mode: number;
}

/** A link is replaced, not followed: one that came with a checkout could lead anywhere. Those of the system, such as `/dev/stdout`, stay. */
async function placeOf(file: string): Promise<Place> {
  try {
    const found = await stat(file);
    const place = /^\/(?:dev|proc)\//.test(resolve(file)) ? await realpath(file) : file;
    return { place, isReplaced: found.isFile(), mode: found.mode & 0o777 };
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    return { place: file, isReplaced: true, mode: 0o666 };
  }
}
