import { constants } from 'node:fs';
import { type FileHandle, lstat, open, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Call } from '../registry/call.ts';
import { type Digest, digestAlgorithm, digestHex, isDigest } from '../reference/digest.ts';
import { OciError } from '../error.ts';
import type { OpenSource } from '../registry/open-blob.ts';

/** A directory in the OCI image layout, and its caps. */
export interface LayoutFiles {
  readonly directory: string;
}

/** A blob file as a directory listing shows it. */
export interface BlobFile {
  readonly digest: Digest;
  readonly size: number;
}

const maxScannedFiles = 10_000;

/**
 * Reads a file of the layout, at most `maxBytes`. Path components come from this package or from checked digests, never from a document.
 *
 * @throws OciError `not-found`, `too-large`, `invalid-layout` (a symlink or anything else that is not a plain file)
 */
export async function readLayoutFile(
  files: LayoutFiles,
  path: readonly string[],
  maxBytes: number,
  call: Call,
): Promise<Uint8Array> {
  call.deadline.check();
  const started = performance.now();
  const url = `oci:${[files.directory, ...path].join('/')}`;
  const done = (what: { bytes?: number; error?: string }): void =>
    call.look({ method: 'READ', url, durationMs: Math.round(performance.now() - started), ...what });
  try {
    const bytes = await readPlainFile(files, path, maxBytes, url);
    done({ bytes: bytes.byteLength });
    return bytes;
  } catch (error) {
    const failure = toLayoutError(error, url);
    done(failure.code === 'not-found' ? {} : { error: failure.code });
    throw failure;
  }
}

/**
 * Opens a file of the layout, to be read piece by piece.
 *
 * @throws OciError `not-found`, `invalid-layout`
 */
export async function openLayoutFile(files: LayoutFiles, path: readonly string[], call: Call): Promise<OpenSource> {
  call.deadline.check();
  const started = performance.now();
  const url = `oci:${[files.directory, ...path].join('/')}`;
  try {
    await checkDirectories(files, path.slice(0, -1));
    const handle = await openPlain(join(files.directory, ...path));
    const stream = handle.createReadStream({ signal: call.deadline.signal });
    stream.on('close', () => {
      call.look({ method: 'READ', url, durationMs: Math.round(performance.now() - started), bytes: stream.bytesRead });
    });
    return {
      bytes: piecesOf(stream, call, url),
      url,
      cancel: async () => {
        stream.destroy();
        await handle.close();
      },
    };
  } catch (error) {
    const failure = toLayoutError(error, url);
    call.look({
      method: 'READ',
      url,
      durationMs: Math.round(performance.now() - started),
      ...(failure.code === 'not-found' ? {} : { error: failure.code }),
    });
    throw failure;
  }
}

async function* piecesOf(stream: AsyncIterable<Uint8Array>, call: Call, url: string): AsyncGenerator<Uint8Array> {
  try {
    for await (const piece of stream) yield piece;
  } catch (error) {
    call.deadline.check();
    throw toLayoutError(error, url);
  }
}

/** The path of a blob inside the layout. */
export function blobPath(digest: Digest): readonly string[] {
  return ['blobs', digestAlgorithm(digest), digestHex(digest)];
}

/** All blob files of at most `maxBytes`; larger ones cannot be manifests. @throws OciError `too-large`, `invalid-layout` */
export async function listBlobFiles(files: LayoutFiles, maxBytes: number, call: Call): Promise<readonly BlobFile[]> {
  const found: BlobFile[] = [];
  let entries = 0;
  for (const algorithm of ['sha256', 'sha512'] as const) {
    const directory = join(files.directory, 'blobs', algorithm);
    try {
      await checkDirectories(files, ['blobs', algorithm]);
      for await (const entry of await opendir(directory)) {
        call.deadline.check();
        entries += 1;
        if (entries > maxScannedFiles)
          throw new OciError('too-large', `the layout has more than ${maxScannedFiles} blobs`);
        const digest = `${algorithm}:${entry.name}`;
        if (!isDigest(digest)) continue; // not a blob: an editor's backup, a download in progress
        const info = await lstat(join(directory, entry.name));
        if (!info.isFile())
          throw new OciError('invalid-layout', 'a blob of the layout is not a plain file', { actual: digest });
        if (info.size <= maxBytes) found.push({ digest, size: info.size });
      }
    } catch (error) {
      const failure = toLayoutError(error, `oci:${directory}`);
      if (failure.code !== 'not-found') throw failure;
    }
  }
  return found;
}

/** Whether a blob file starts like a JSON object; most blobs of a layout are compressed layers. */
export async function startsLikeJson(files: LayoutFiles, digest: Digest): Promise<boolean> {
  const handle = await openPlain(join(files.directory, ...blobPath(digest)));
  try {
    const head = Buffer.alloc(64);
    const { bytesRead } = await handle.read(head, 0, head.byteLength, 0);
    return /^\s*(?:\{|$)/.test(head.subarray(0, bytesRead).toString('latin1'));
  } finally {
    await handle.close();
  }
}

async function readPlainFile(
  files: LayoutFiles,
  path: readonly string[],
  maxBytes: number,
  url: string,
): Promise<Uint8Array> {
  await checkDirectories(files, path.slice(0, -1));
  const handle = await openPlain(join(files.directory, ...path));
  try {
    const info = await handle.stat();
    if (!info.isFile()) throw new OciError('invalid-layout', 'not a plain file', { url });
    if (info.size > maxBytes)
      throw new OciError('too-large', `the file is larger than ${maxBytes} bytes`, {
        expected: maxBytes,
        actual: info.size,
        url,
      });
    const bytes = new Uint8Array(info.size);
    let offset = 0;
    while (offset < bytes.byteLength) {
      const { bytesRead } = await handle.read(bytes, offset, bytes.byteLength - offset, offset);
      if (bytesRead === 0) break; // cut while it was read: the digest will not fit
      offset += bytesRead;
    }
    return bytes.subarray(0, offset);
  } finally {
    await handle.close();
  }
}

// A layout may come from an archive: a symlink in it would let a digest name a file outside. The root itself is the caller's choice.
async function checkDirectories(files: LayoutFiles, path: readonly string[]): Promise<void> {
  for (let depth = 1; depth <= path.length; depth += 1) {
    const info = await lstat(join(files.directory, ...path.slice(0, depth)));
    if (!info.isDirectory())
      throw new OciError('invalid-layout', `${path.slice(0, depth).join('/')} is not a plain directory`);
  }
}

async function openPlain(path: string): Promise<FileHandle> {
  const info = await lstat(path);
  if (!info.isFile()) throw new OciError('invalid-layout', 'not a plain file', { url: `oci:${path}` });
  // NOFOLLOW closes the gap between the two calls; NONBLOCK keeps a FIFO from hanging us. Windows has neither.
  return await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
}

function toLayoutError(error: unknown, url: string): OciError {
  if (error instanceof OciError) return error;
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT') return new OciError('not-found', 'not in the layout', { url, cause: error });
  if (error instanceof Error && code !== undefined)
    return new OciError('invalid-layout', `cannot read the layout (${code})`, { url, actual: code, cause: error });
  throw error; // the deadline, or a bug
}
