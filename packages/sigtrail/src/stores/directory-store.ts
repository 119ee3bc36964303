import { createHash, randomUUID } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { lstat, mkdir, open, rename, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { optionError } from '@sigtrail/encoding';
import type { ContentStore } from 'oci-client-lite';
import { assertKeys } from '../policy/parse-options.ts';
import { makeRoom } from './make-room.ts';
import { isCode, isOurs } from './own-file.ts';
import { requireSize } from './require-size.ts';

/** How large a directory may become. */
export interface DirectoryStoreOptions {
  /** The limit for all files together; the least recently used are deleted first. Default 1 GiB. Each writing process may briefly exceed it by a tenth. */
  readonly maxBytes?: number;
}

/**
 * Keeps content in a directory, one file each, for any number of processes at once and for the next start. A file is written beside its place and renamed into it, so a
 * killed process never leaves half a file under a name. The reader hashes what it reads, so anyone who can write to the directory can only slow a verifier down.
 *
 * The directory must belong to the user of the process, and no other user may write there; links and other special files in it are not followed.
 *
 * @throws TypeError `unknown-option`, `invalid-option`
 * @example
 * await using verifier = createVerifier({ stores: { blobs: directoryStore('/var/cache/gate', { maxBytes: 4 * 1024 ** 3 }) } });
 */
export function directoryStore(path: string, options: DirectoryStoreOptions = {}): ContentStore {
  if (typeof path !== 'string' || path === '')
    throw optionError('invalid-option', '"path" must be the path of a directory');
  assertKeys(options, ['maxBytes'], 'options');
  const { maxBytes = 1024 ** 3 } = options;
  requireSize(maxBytes, 'maxBytes');
  // Before the first write, the amount in the directory is unknown.
  let written = Number.POSITIVE_INFINITY;
  let making: Promise<void> | undefined;
  const largest = maxBytes / 10;

  const fileOf = (key: string): string => {
    const name = createHash('sha256').update(key).digest('hex');
    return join(path, name.slice(0, 2), name.slice(2));
  };
  const boundSize = async (): Promise<void> => {
    if (written < maxBytes / 10) return;
    written = 0;
    making ??= makeRoom(path, maxBytes).finally(() => {
      making = undefined;
    });
    await making;
  };

  return {
    get: async (key) => readOwn(fileOf(key), largest),
    set: async (key, bytes) => {
      if (bytes.byteLength > largest) return;
      await makeOwn(path, stat);
      const file = fileOf(key);
      await writeWhole(file, bytes);
      written += bytes.byteLength;
      await boundSize();
    },
  };
}

/** Opens only files: a pipe in a file's place would otherwise block the reader forever. */
const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** The bytes of a file that this user owns. Anything else in its place counts as missing. */
async function readOwn(file: string, largest: number): Promise<Uint8Array | undefined> {
  let handle;
  try {
    handle = await open(file, READ);
  } catch (error) {
    if (isCode(error, 'ENOENT', 'ENOTDIR', 'ELOOP', 'EISDIR', 'ENXIO', 'EACCES')) return undefined;
    throw error;
  }
  try {
    const found = await handle.stat();
    if (!found.isFile() || !isOurs(found) || found.size > largest) return undefined;
    const bytes = await handle.readFile();
    // Its time says when it was last used; updating it once an hour is enough.
    if (Date.now() - found.mtimeMs > 3_600_000) await handle.utimes(new Date(), new Date());
    return bytes;
  } finally {
    await handle.close();
  }
}

/** Written beside its place first: a reader sees a whole file or none. A file that could not be written to its end, for example on a full disk, is deleted. */
async function writeWhole(file: string, bytes: Uint8Array): Promise<void> {
  const beside = `${file}.${process.pid}-${randomUUID()}.tmp`;
  await makeOwn(join(file, '..'), lstat);
  const handle = await open(beside, 'wx', 0o600);
  try {
    try {
      await handle.writeFile(bytes);
    } finally {
      await handle.close();
    }
    await rename(beside, file);
  } catch (error) {
    await unlink(beside).catch(unlessGone);
    throw error;
  }
}

/** Makes a directory, or refuses what is there: a directory that others can write to, or anything else. `look` says whether a link may lead to it. */
async function makeOwn(path: string, look: (path: string) => Promise<Stats>): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
  }
  const found = await look(path);
  if (!found.isDirectory() || !isOurs(found))
    throw new Error(`${path} must be a directory of this user, where no other user may write`);
}

function unlessGone(error: unknown): void {
  if (!isCode(error, 'ENOENT')) throw error;
}
