import { checkOptions, expecting, type OptionTable, requireObject, requireText } from '@sigtrail/encoding';
import type { Stats } from 'node:fs';
import { lstat, mkdir, mkdtemp, open, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { isOciError, OciError } from '../error.ts';
import { MANIFEST } from '../read-options.ts';
import type { ManifestOptions, OciRepository, ReadOptions } from '../repository.ts';
import type { ArtifactFile, FetchedArtifact } from './artifact.ts';

/** How to write an artifact. `timeoutMs` is for the whole artifact; by default each file has its own (see `openBlob`). */
export interface WriteArtifactOptions extends ManifestOptions {
  /** Most bytes of all files together. 1 GiB. */
  readonly maxBytes?: number | undefined;
}

const OPTIONS: OptionTable<WriteArtifactOptions> = {
  ...MANIFEST,
  maxBytes: expecting('a number of bytes, 0 or more', (value) => typeof value === 'number' && value >= 0),
};
const maxTotalBytes = 1024 * 1024 * 1024;

/**
 * Writes the files of an artifact into a new directory, all of them or none: they are written next to it, checked against their digests and
 * flushed to the disk, and a single rename makes the directory appear. A failure leaves nothing behind. No link is followed, nothing is unpacked, and no file
 * is executable.
 *
 * @param directory - must not exist yet, or be empty; the directory above it must exist
 * @returns the artifact, whose `files` are at `join(directory, file.name)`
 * @throws OciError `cannot-write` if the directory is not empty or is a link, or if the disk refuses; `too-large` if all files together are; and
 * whatever `fetchArtifact` and `openBlob` throw
 * @example
 * ```ts
 * const repository = client.repository('ghcr.io/acme/charts/app');
 * const { files } = await writeArtifact(repository, '1.4.0', './chart');
 * ```
 */
export async function writeArtifact(
  repository: OciRepository,
  tagOrDigest: string,
  directory: string,
  options: WriteArtifactOptions = {},
): Promise<FetchedArtifact> {
  requireObject(repository, 'writeArtifact', 'repository', ['fetchArtifact', 'openBlob']);
  requireText(tagOrDigest, 'writeArtifact', 'tagOrDigest');
  requireText(directory, 'writeArtifact', 'directory');
  checkOptions(options, OPTIONS, 'writeArtifact');
  const { maxBytes = maxTotalBytes, platform, ...limits } = options;
  const left = countDown(limits);
  const target = resolve(directory); // the working directory may change meanwhile
  await refuseOccupied(target);
  const artifact = await repository.fetchArtifact(tagOrDigest, { ...left(), platform });
  refuseTooLarge(artifact, maxBytes);
  // Only its owner can enter it, so no other user can put a link where a file is about to be written.
  const workshop = await onDisk(dirname(target), mkdtemp(join(dirname(target), '.artifact-')));
  try {
    const staged = join(workshop, 'files');
    await onDisk(staged, mkdir(staged));
    for (const file of artifact.files) await writeFile(repository, file, staged, left());
    await onDisk(staged, flushDirectories(staged, artifact.files));
    await onDisk(target, moveInto(staged, target));
    await onDisk(dirname(target), flushDirectory(dirname(target)));
  } finally {
    await onDisk(workshop, rm(workshop, { recursive: true, force: true }));
  }
  return artifact;
}

/** The options of each next read: together they share the time. */
function countDown(limits: ReadOptions): () => ReadOptions {
  const { timeoutMs } = limits;
  if (timeoutMs === undefined) return () => limits;
  const end = performance.now() + timeoutMs;
  return () => ({ ...limits, timeoutMs: Math.max(1, end - performance.now()) });
}

function refuseTooLarge({ files }: FetchedArtifact, maxBytes: number): void {
  const total = files.reduce((sum, { descriptor }) => sum + descriptor.size, 0);
  if (total > maxBytes)
    throw new OciError('too-large', `the files of the artifact add up to more than ${maxBytes} bytes`, {
      expected: maxBytes,
      actual: total,
    });
}

async function writeFile(
  repository: OciRepository,
  { name, descriptor }: ArtifactFile,
  staged: string,
  options: ReadOptions,
): Promise<void> {
  const path = join(staged, ...name.split('/'));
  await onDisk(path, mkdir(dirname(path), { recursive: true }));
  // Never overwrites a file, and never follows a link.
  const handle = await onDisk(path, open(path, 'wx'));
  try {
    await using blob = await repository.openBlob(descriptor, options);
    for await (const piece of blob) await onDisk(path, handle.writeFile(piece));
    await onDisk(path, handle.sync());
  } finally {
    await onDisk(path, handle.close());
  }
}

// Checked before anything is fetched; the rename at the end fails for the same reasons.
async function refuseOccupied(target: string): Promise<void> {
  const info = await onDisk(target, lstatOrNothing(target));
  if (info === undefined) return;
  if (!info.isDirectory()) throw occupied(target, 'is a file or a link');
  const here = await onDisk('.', stat('.'));
  if (info.ino === here.ino && info.dev === here.dev)
    throw occupied(target, 'is the working directory, which can’t be replaced');
  if ((await onDisk(target, readdir(target))).length > 0) throw occupied(target, 'is not empty');
}

async function lstatOrNothing(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    return undefined;
  }
}

function occupied(target: string, why: string, cause?: unknown): OciError {
  return new OciError('cannot-write', `the files go to a new or an empty directory, and ${target} ${why}`, {
    actual: target,
    cause,
  });
}

async function moveInto(staged: string, target: string): Promise<void> {
  try {
    // A rename replaces an empty directory and nothing else; on Windows it does not even replace that.
    if (process.platform === 'win32' && (await lstatOrNothing(target)) !== undefined) await rmdir(target);
    await rename(staged, target);
  } catch (cause) {
    if (!['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes(codeOf(cause) ?? '')) throw cause;
    throw occupied(target, 'is no longer empty', cause);
  }
}

async function flushDirectories(staged: string, files: readonly ArtifactFile[]): Promise<void> {
  const directories = new Set([staged]);
  for (const { name } of files) {
    const segments = name.split('/');
    for (let depth = 1; depth < segments.length; depth += 1) directories.add(join(staged, ...segments.slice(0, depth)));
  }
  for (const directory of directories) await flushDirectory(directory);
}

// Windows can't open directories; its file system writes their entries in order anyway.
async function flushDirectory(directory: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Turns a refusal of the disk into our error. */
async function onDisk<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    const code = codeOf(cause);
    if (code === undefined || isOciError(cause)) throw cause;
    throw new OciError('cannot-write', `could not write ${path} (${code})`, { actual: code, cause });
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
