import { stat } from 'node:fs/promises';
import type { Call } from '../registry/call.ts';
import { type Digest, digestAlgorithm, digestHex, isDigest } from '../reference/digest.ts';
import { OciError } from '../error.ts';
import { directoryPlace, type LayoutPlace } from './layout-place.ts';
import { tarPlace } from './tar-files.ts';
import type { OpenSource } from '../registry/open-blob.ts';

/** A directory in the OCI image layout, or a tar archive of one. */
export interface LayoutFiles {
  readonly directory: string;
  readonly place: LayoutPlace;
}

/** The files of a layout. Nothing is read yet. */
export function layoutFiles(directory: string): LayoutFiles {
  return { directory, place: layoutPlace(directory) };
}

/** The files of a directory, or of a tar archive if the path is a file. */
function layoutPlace(root: string): LayoutPlace {
  const directory = directoryPlace(root);
  // With a "/" at its end, this can't be the name of a file; that is how to write a directory with ":" in its name.
  const path = root.replace(/(?<=[^/])\/+$/, '');
  const archive = tarPlace(path);
  const chosen = async (): Promise<LayoutPlace> => ((await stat(path)).isDirectory() ? directory : archive);
  return {
    open: async (names, call) => await (await chosen()).open(names, call),
    list: async function* (names, call) {
      yield* (await chosen()).list(names, call);
    },
  };
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
    const bytes = await readPlainFile(files, path, maxBytes, url, call);
    done({ bytes: bytes.byteLength });
    return bytes;
  } catch (error) {
    const failure = toLayoutError(error, url);
    done(failure.code === 'not-found' ? {} : { error: failure.code });
    throw failure;
  }
}

/**
 * Opens a file of the layout, for reading piece by piece.
 *
 * @throws OciError `not-found`, `invalid-layout`
 */
export async function openLayoutFile(files: LayoutFiles, path: readonly string[], call: Call): Promise<OpenSource> {
  call.deadline.check();
  const started = performance.now();
  const url = `oci:${[files.directory, ...path].join('/')}`;
  try {
    const { handle, start, size } = await files.place.open(path, call);
    // An empty range can't be expressed, but reading from the end of a file gives nothing.
    const range = size === 0 ? { start: (await handle.stat()).size } : { start, end: start + size - 1 };
    const stream = handle.createReadStream({ ...range, signal: call.deadline.signal });
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
    try {
      for await (const { name, size } of files.place.list(['blobs', algorithm], call)) {
        call.deadline.check();
        entries += 1;
        if (entries > maxScannedFiles)
          throw new OciError('too-large', `the layout has more than ${maxScannedFiles} blobs`);
        const digest = `${algorithm}:${name}`;
        if (!isDigest(digest)) continue; // not a blob: an editor's backup, a download in progress
        if (size === undefined)
          throw new OciError('invalid-layout', 'a blob of the layout is not a plain file', { actual: digest });
        if (size <= maxBytes) found.push({ digest, size });
      }
    } catch (error) {
      const failure = toLayoutError(error, `oci:${files.directory}/blobs/${algorithm}`);
      if (failure.code !== 'not-found') throw failure;
    }
  }
  return found;
}

/** Whether a blob file starts like a JSON object; most blobs of a layout are compressed layers. */
export async function startsLikeJson(files: LayoutFiles, digest: Digest, call: Call): Promise<boolean> {
  const { handle, start, size } = await files.place.open(blobPath(digest), call);
  try {
    const head = Buffer.alloc(Math.min(64, size));
    const { bytesRead } = await handle.read(head, 0, head.byteLength, start);
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
  call: Call,
): Promise<Uint8Array> {
  const { handle, start, size } = await files.place.open(path, call);
  try {
    if (size > maxBytes)
      throw new OciError('too-large', `the file is larger than ${maxBytes} bytes`, {
        expected: maxBytes,
        actual: size,
        url,
      });
    const bytes = new Uint8Array(size);
    let offset = 0;
    while (offset < bytes.byteLength) {
      const { bytesRead } = await handle.read(bytes, offset, bytes.byteLength - offset, start + offset);
      if (bytesRead === 0) break; // truncated while it was read: the digest will not match
      offset += bytesRead;
    }
    return bytes.subarray(0, offset);
  } finally {
    await handle.close();
  }
}

function toLayoutError(error: unknown, url: string): OciError {
  if (error instanceof OciError) return error;
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT') return new OciError('not-found', 'not in the layout', { url, cause: error });
  if (error instanceof Error && code !== undefined)
    return new OciError('invalid-layout', `cannot read the layout (${code})`, { url, actual: code, cause: error });
  throw error; // the deadline, or a bug
}
