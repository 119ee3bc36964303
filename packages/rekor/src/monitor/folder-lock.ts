import { randomUUID } from 'node:crypto';
import { readFile, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

// A run that was killed leaves its lock behind; a live run renews it every two seconds.
export const STALE_LOCK_MS = 10_000;

/** A lock that this process holds. */
export interface FolderLock {
  release(): Promise<void>;
}

/**
 * Takes the lock of a folder: a file that only one process can create. `undefined` while another run holds it. A lock that was not
 * renewed for ten seconds is taken over; `onLost` is called when that happens to our lock, or when it can't be renewed.
 *
 * The libraries for this leave patched `fs` functions and signal listeners in the user's process; this leaves one unreferenced timer.
 */
export async function lockFolder(folder: string, onLost: (cause: unknown) => void): Promise<FolderLock | undefined> {
  const file = join(folder, '.lock');
  const owner = randomUUID();
  if (!(await create(file, owner)) && !((await removeStale(file)) && (await create(file, owner)))) return undefined;
  const renewal = setInterval(() => void renew(file, owner).catch(lost), STALE_LOCK_MS / 5);
  renewal.unref();
  function lost(cause: unknown): void {
    clearInterval(renewal);
    onLost(cause);
  }
  return {
    release: async () => {
      clearInterval(renewal);
      if ((await ownerOf(file)) === owner) await unlink(file).catch(ignoreMissing);
    },
  };
}

async function create(file: string, owner: string): Promise<boolean> {
  try {
    await writeFile(file, owner, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw error;
  }
}

/** Only one run at a time may check for a stale lock and remove it: of two at once, the second would remove a fresh lock. */
async function removeStale(file: string): Promise<boolean> {
  const takeover = `${file}.takeover`;
  if (!(await create(takeover, ''))) {
    // Left by a run that was killed in these few milliseconds. The next attempt finds it gone.
    if (await isStale(takeover)) await unlink(takeover).catch(ignoreMissing);
    return false;
  }
  try {
    const stale = await isStale(file);
    if (stale) await unlink(file).catch(ignoreMissing);
    return stale;
  } finally {
    await unlink(takeover).catch(ignoreMissing);
  }
}

async function isStale(file: string): Promise<boolean> {
  const found = await stat(file).catch(ignoreMissing);
  return found !== undefined && Date.now() - found.mtimeMs >= STALE_LOCK_MS;
}

async function renew(file: string, owner: string): Promise<void> {
  if ((await ownerOf(file)) !== owner) throw new Error(`${file} belongs to another run`);
  const now = new Date();
  await utimes(file, now, now);
}

async function ownerOf(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch(ignoreMissing);
}

function ignoreMissing(error: unknown): undefined {
  if (!isCode(error, 'ENOENT')) throw error;
  return undefined;
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
