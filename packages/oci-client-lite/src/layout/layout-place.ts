import { constants } from 'node:fs';
import { type FileHandle, lstat, open, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Call } from '../registry/call.ts';
import { OciError } from '../error.ts';

/** A plain file, open: `size` bytes from `start` on. */
export interface PlainFile {
  readonly handle: FileHandle;
  readonly start: number;
  readonly size: number;
}

/** An entry of a directory; it has no size if it is not a plain file. */
export interface ListedFile {
  readonly name: string;
  readonly size: number | undefined;
}

/** Where the files of a layout are. Paths are lists of names. */
export interface LayoutPlace {
  /** @throws OciError `not-found`, `invalid-layout`; what the system throws */
  open(path: readonly string[], call: Call): Promise<PlainFile>;
  /** The files in a directory. @throws OciError `invalid-layout`; what the system throws */
  list(path: readonly string[], call: Call): AsyncIterable<ListedFile>;
}

/** A layout in a directory. */
export function directoryPlace(root: string): LayoutPlace {
  return {
    open: async (path) => {
      await checkDirectories(root, path.slice(0, -1));
      return await openPlain(join(root, ...path));
    },
    list: async function* (path) {
      await checkDirectories(root, path);
      const directory = join(root, ...path);
      for await (const { name } of await opendir(directory)) {
        const info = await lstat(join(directory, name));
        yield { name, size: info.isFile() ? info.size : undefined };
      }
    },
  };
}

// A layout may come from an archive: a symlink in it would let a digest name a file outside. The root itself is the caller's choice.
async function checkDirectories(root: string, path: readonly string[]): Promise<void> {
  for (let depth = 1; depth <= path.length; depth += 1) {
    const info = await lstat(join(root, ...path.slice(0, depth)));
    if (!info.isDirectory())
      throw new OciError('invalid-layout', `${path.slice(0, depth).join('/')} is not a plain directory`);
  }
}

async function openPlain(path: string): Promise<PlainFile> {
  const notPlain = (): OciError => new OciError('invalid-layout', 'not a plain file', { url: `oci:${path}` });
  if (!(await lstat(path)).isFile()) throw notPlain();
  // NOFOLLOW closes the gap between the two calls; NONBLOCK keeps a FIFO from hanging us. Windows has neither.
  const handle = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  try {
    const info = await handle.stat();
    if (!info.isFile()) throw notPlain();
    return { handle, start: 0, size: info.size };
  } catch (error) {
    await handle.close();
    throw error;
  }
}
