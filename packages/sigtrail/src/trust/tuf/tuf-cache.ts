import { createHash, randomUUID } from 'node:crypto';
import { lstat, mkdir, open, readFile, rename, unlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { EMPTY_STATE, formatTufState, parseTufState, type TufState } from './tuf-state.ts';

/** Keeps the TUF state beyond a call, or beyond the process. */
export interface TufCache {
  load(): Promise<TufState>;
  /** Whole or not at all. */
  save(state: TufState): Promise<void>;
  /** Why the directory is not used, if it isn't: someone else could write to it. */
  readonly warning?: string;
}

/** Nothing outlives the process. */
export function memoryCache(warning?: string): TufCache {
  let kept = EMPTY_STATE;
  return {
    load: async () => kept,
    save: async (state) => {
      kept = state;
    },
    ...(warning === undefined ? {} : { warning }),
  };
}

/**
 * A folder of its own for each mirror and root below `directory`, so that two repositories never mix. One file holds everything, and is
 * replaced in one step: processes that share it need no lock, and with `sharedCache` the last writer does not forget what the others have seen.
 *
 * Every document that is read back is verified again from the caller's root, so a stranger who writes here could at most hide what this
 * client has seen. Even so, a folder that a stranger owns or may write to is not used.
 */
export async function directoryCache(directory: string, mirror: string, root: Uint8Array): Promise<TufCache> {
  const name = createHash('sha256').update(`${mirror}\n`).update(root).digest('hex').slice(0, 32);
  const folder = join(resolve(directory), name);
  const file = join(folder, 'state.json');
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch(ignoreUnwritable);
  const fault = await folderFault(folder);
  if (fault !== undefined) return memoryCache(`the TUF cache ${folder} is not used: ${fault}`);
  return {
    load: async () => {
      const bytes = await readFile(file).catch(() => undefined);
      return bytes === undefined ? EMPTY_STATE : parseTufState(bytes);
    },
    // If the disk can't be written, the next process needs a refresh; the verdict stays the same.
    save: async (state) => writeWhole(folder, file, formatTufState(state)).catch(ignoreUnwritable),
  };
}

/** Why a stranger can write to the folder. `undefined`: no stranger can, or there is no such folder. */
async function folderFault(folder: string): Promise<string | undefined> {
  const stats = await lstat(folder).catch(() => undefined);
  if (stats === undefined) return undefined;
  if (!stats.isDirectory()) return 'it is not a folder';
  // Windows has neither owner ids nor modes: its folders inherit the access list of the user's profile.
  const uid = process.getuid?.();
  if (uid === undefined) return undefined;
  if (stats.uid !== uid)
    return `it belongs to user ${stats.uid}, but this process runs as ${uid}; choose a different "cacheDirectory"`;
  if ((stats.mode & 0o022) !== 0)
    return `others may write to it (mode ${(stats.mode & 0o777).toString(8)}); remove it, or run chmod 700 on it`;
  return undefined;
}

async function writeWhole(folder: string, file: string, text: string): Promise<void> {
  const next = join(folder, `state.${randomUUID()}`);
  const handle = await open(next, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.datasync();
  } finally {
    await handle.close();
  }
  await rename(next, file).catch(async (error: unknown) => {
    await unlink(next).catch(() => undefined);
    throw error;
  });
}

const UNWRITABLE: readonly string[] = ['EROFS', 'EACCES', 'EPERM', 'ENOTDIR', 'EEXIST', 'ENOSPC', 'ENOENT', 'EDQUOT'];

function ignoreUnwritable(error: unknown): undefined {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (!UNWRITABLE.includes(code)) throw error;
  return undefined;
}
