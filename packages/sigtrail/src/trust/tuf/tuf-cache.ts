import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, unlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { TufFiles } from './tuf-updater.ts';

/** What outlives a process. */
export interface TufCache {
  /**
   * Runs alone among all processes that use this directory, where the disk lets it. `canWrite` says whether what was
   * learned may be kept.
   */
  exclusively<T>(act: (canWrite: boolean) => Promise<T>): Promise<T>;
  load(): Promise<TufFiles>;
  /** Each file is the old one or the new one, whole. */
  save(files: TufFiles): Promise<void>;
}

/** Nothing outlives the process. */
export function memoryCache(): TufCache {
  let kept: TufFiles = new Map();
  return {
    exclusively: (act) => act(true),
    load: async () => new Map(kept),
    save: async (files) => {
      kept = new Map([...kept, ...files]);
    },
  };
}

// A process that was killed leaves its lock behind; a live one renews it.
const STALE_LOCK_MS = 10_000;

/** A directory of its own for each mirror and root below `directory`, so that two repositories never mix. */
export function directoryCache(directory: string, mirror: string, root: Uint8Array): TufCache {
  const name = createHash('sha256').update(`${mirror}\n`).update(root).digest('hex').slice(0, 32);
  const folder = join(resolve(directory), name);
  return {
    exclusively: async (act) => {
      const release = await takeLock(folder);
      try {
        return await act(release !== undefined);
      } finally {
        await release?.();
      }
    },
    load: async () => loadFiles(folder),
    save: async (files) => {
      for (const [role, bytes] of files) await writeWhole(folder, fileName(role), bytes);
    },
  };
}

/** Escaped, so that no role's name leads out of the directory. */
function fileName(role: string): string {
  return `${Buffer.from(role, 'utf8').toString('hex')}.json`;
}

async function loadFiles(folder: string): Promise<TufFiles> {
  const files: TufFiles = new Map();
  const names = await readdir(folder).catch(() => []);
  for (const name of names.slice(0, 64)) {
    const role = /^([0-9a-f]+)\.json$/.exec(name)?.[1];
    if (role === undefined) continue;
    // What can't be read is fetched again; everything that is read is verified again.
    const bytes = await readFile(join(folder, name)).catch(() => undefined);
    if (bytes !== undefined) files.set(Buffer.from(role, 'hex').toString('utf8'), bytes);
  }
  return files;
}

/** The lock's release, or `undefined` where the disk can't be written or another process doesn't let go. */
async function takeLock(folder: string): Promise<(() => Promise<void>) | undefined> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const { lock } = await import('proper-lockfile');
    return await lock(folder, {
      stale: STALE_LOCK_MS,
      update: STALE_LOCK_MS / 5,
      retries: { retries: 60, minTimeout: 20, maxTimeout: 250 },
      // Without this the library throws in a timer, and ends the process of our user. Whole files are all that is at stake.
      onCompromised: () => undefined,
    });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (['EROFS', 'EACCES', 'EPERM', 'ENOTDIR', 'EEXIST', 'ENOSPC', 'ELOCKED'].includes(code)) return undefined;
    throw error;
  }
}

async function writeWhole(folder: string, name: string, bytes: Uint8Array): Promise<void> {
  const next = join(folder, `${name}.${randomUUID()}`);
  const file = await open(next, 'wx', 0o600);
  try {
    await file.writeFile(bytes);
    await file.datasync();
  } finally {
    await file.close();
  }
  await rename(next, join(folder, name)).catch(async (error: unknown) => {
    await unlink(next).catch(() => undefined);
    throw error;
  });
}
