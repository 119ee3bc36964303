import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { RekorError } from '../error.ts';
import { optionError } from '@sigtrail/encoding';
import { lockFolder, STALE_LOCK_MS } from './folder-lock.ts';
import type { OpenStore, WatchStore } from './watch-store.ts';

const STATE = 'state.json';

/**
 * A store in a directory: `state.json`, and `evidence/` beside it. The document is written to another file, flushed and renamed,
 * so that a reader finds the old one or the new one, whole. The directory is created if it is missing; keep it on a local disk.
 *
 * @throws TypeError when `directory` is empty
 * @example
 * const store = createFileStore('/var/lib/sigtrail/watch');
 */
export function createFileStore(directory: string): WatchStore {
  if (typeof directory !== 'string' || directory === '')
    throw optionError('invalid-option', '"directory" must be a path');
  const folder = resolve(directory);
  return {
    async open() {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const compromised = new AbortController();
      const release = await takeLock(folder, compromised);
      return openStore(folder, compromised.signal, release);
    },
  };
}

function openStore(folder: string, signal: AbortSignal, release: () => Promise<void>): OpenStore {
  return {
    signal,
    async load() {
      try {
        return new Uint8Array(await readFile(join(folder, STATE)));
      } catch (error) {
        if (isCode(error, 'ENOENT')) return undefined;
        throw error;
      }
    },
    async save(document) {
      signal.throwIfAborted();
      await writeWhole(folder, STATE, document);
    },
    async saveEvidence(name, document) {
      signal.throwIfAborted();
      if (!/^[a-z0-9-]+\.json$/.test(name))
        throw optionError('invalid-option', `"name" must be a plain file name, got ${name}`);
      const evidence = join(folder, 'evidence');
      await mkdir(evidence, { recursive: true, mode: 0o700 });
      await writeWhole(evidence, name, document);
      return join(evidence, name);
    },
    close: release,
  };
}

async function takeLock(folder: string, compromised: AbortController): Promise<() => Promise<void>> {
  const lock = await lockFolder(folder, (cause) =>
    compromised.abort(new RekorError('state-locked', `another run took over the watch state in ${folder}`, { cause })),
  );
  if (lock !== undefined) return lock.release;
  throw new RekorError(
    'state-locked',
    `another run holds the watch state in ${folder}; if that run was killed, its lock ends by itself after ${STALE_LOCK_MS / 1000} s`,
  );
}

/** Old or new, never half: the bytes are on the disk before the rename, and the rename before this function returns. */
async function writeWhole(folder: string, name: string, bytes: Uint8Array): Promise<void> {
  const next = join(folder, `${name}.next`);
  const file = await open(next, 'w', 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(next, join(folder, name));
  await syncFolder(folder);
}

async function syncFolder(folder: string): Promise<void> {
  // Windows can't open folders, and renames there are durable by themselves.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
