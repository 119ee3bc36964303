import type { FileHandle } from 'node:fs/promises';
import { unsafeFileName } from '../artifact/file-name.ts';
import type { Call } from '../registry/call.ts';
import { OciError } from '../error.ts';
import { harmless } from '../harmless.ts';
import { blockBytes, parseLongName, parsePax, parseTarHeader, refuseArchive, type TarExtension } from './tar-header.ts';

/** Where the contents of a file are in an archive. */
export interface TarEntry {
  readonly start: number;
  readonly size: number;
}

const maxHeaders = 20_000;
const maxExtensionBytes = 64 * 1024;
const maxTrailingBytes = 1024 * 1024;
// Entries that are neither a file nor a directory.
const otherTypes: ReadonlyMap<string, string> = new Map([
  ['1', 'a hard link'],
  ['2', 'a symbolic link'],
  ['3', 'a device'],
  ['4', 'a device'],
  ['6', 'a FIFO'],
  ['K', 'a link'],
  ['S', 'a sparse file'],
  ['g', 'a header for all entries'],
]);
const compressed: readonly (readonly [string, readonly number[]])[] = [
  ['gzip', [0x1f, 0x8b]],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a]],
  ['bzip2', [0x42, 0x5a, 0x68]],
];

/**
 * Lists the files of an archive in one pass over its headers, without reading contents. Refuses anything that two readers of tar could understand differently: a
 * layout with a second `index.json` must not be a different image to a different program.
 *
 * @throws OciError `invalid-layout`, `too-large`
 */
export async function readTarIndex(
  handle: FileHandle,
  archiveBytes: number,
  call: Call,
): Promise<ReadonlyMap<string, TarEntry>> {
  const files = new Map<string, TarEntry>();
  const directories = new Set<string>();
  let link: OciError | undefined;
  let extension: TarExtension | undefined;
  let at = 0;
  for (let headers = 0; ; headers += 1) {
    call.deadline.check();
    if (headers >= maxHeaders) throw new OciError('too-large', `the archive has more than ${maxHeaders} headers`);
    const block = await readAt(handle, at, blockBytes);
    if (headers === 0) refuseCompressed(block);
    if (block.every((byte) => byte === 0)) break;
    const header = parseTarHeader(block);
    const start = at + blockBytes;
    const size = extension?.size ?? header.size;
    const end = start + Math.ceil(size / blockBytes) * blockBytes;
    if (end > archiveBytes) throw cutShort();
    at = end;
    if (header.type === 'x' || header.type === 'L') {
      if (extension !== undefined) throw refuseArchive('two extended headers precede the same entry');
      if (size > maxExtensionBytes) throw refuseArchive(`an extended header is larger than ${maxExtensionBytes} bytes`);
      const bytes = await readAt(handle, start, size);
      extension = header.type === 'x' ? parsePax(bytes) : { path: parseLongName(bytes) };
      continue;
    }
    const name = extension?.path ?? header.name;
    extension = undefined;
    if (header.type === '5') {
      if (size !== 0) throw refuseArchive('a directory has contents', harmless(name));
      const path = pathOf(name.replace(/\/$/, ''), '.');
      if (path !== undefined) directories.add(path);
    } else if (header.type === '0') {
      const path = pathOf(name);
      if (path === undefined || files.has(path)) throw refuseArchive('two entries have the same name', harmless(name));
      files.set(path, { start, size });
    } else {
      const refusal = refuseArchive(
        `it has ${otherTypes.get(header.type) ?? 'an entry of unknown kind'}`,
        harmless(name),
      );
      if (header.type !== '1' && header.type !== '2') throw refusal;
      link ??= refusal; // the old format of docker save has links, and gets an answer of its own
    }
  }
  if (extension !== undefined) throw refuseArchive('no entry follows an extended header');
  await refuseTrailing(handle, at, archiveBytes);
  refuseFilesAsDirectories(files, directories);
  refuseOtherArchives(files);
  if (link !== undefined) throw link;
  return files;
}

/** The path of an entry, without the `./` that `tar -c .` writes before each; `undefined` for `root`. */
function pathOf(name: string, root?: string): string | undefined {
  if (name === root) return undefined;
  const path = name.startsWith('./') ? name.slice(2) : name;
  const reason = unsafeFileName(path);
  if (reason !== undefined) throw refuseArchive(`an entry is named ${JSON.stringify(harmless(name))}: ${reason}`);
  return path;
}

function refuseCompressed(block: Uint8Array): void {
  for (const [name, magic] of compressed)
    if (magic.every((byte, at) => block[at] === byte))
      throw refuseArchive(`it is compressed with ${name}: decompress it first`);
}

// Readers of concatenated archives would continue with whatever follows the end.
async function refuseTrailing(handle: FileHandle, at: number, archiveBytes: number): Promise<void> {
  const left = archiveBytes - at;
  if (left < 2 * blockBytes) throw cutShort();
  if (left > maxTrailingBytes) throw refuseArchive('there is data after its end');
  const bytes = await readAt(handle, at, left);
  if (bytes.some((byte) => byte !== 0)) throw refuseArchive('there is data after its end');
}

function refuseFilesAsDirectories(files: ReadonlyMap<string, TarEntry>, directories: ReadonlySet<string>): void {
  for (const path of [...files.keys(), ...directories]) {
    if (files.has(path) && directories.has(path)) throw refuseArchive('two entries have the same name', harmless(path));
    for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1))
      if (files.has(path.slice(0, slash))) throw refuseArchive('an entry is below a file', harmless(path));
  }
}

function refuseOtherArchives(files: ReadonlyMap<string, TarEntry>): void {
  if (files.has('oci-layout')) return;
  if (files.has('manifest.json') || files.has('repositories'))
    throw refuseArchive(
      'it is the old format of docker save, without the manifests that signatures are about; copy the image with "skopeo copy docker://IMAGE oci-archive:FILE", or save it with Docker 25 or later',
    );
  const inner = [...files.keys()].find((name) => /^[^/]+\/oci-layout$/.test(name));
  if (inner !== undefined)
    throw refuseArchive('its layout is in a directory of its own; write it by "tar -C DIRECTORY -cf FILE ."', inner);
}

function cutShort(): OciError {
  return refuseArchive('it was cut short');
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let filled = 0; filled < length; ) {
    const { bytesRead } = await handle.read(bytes, filled, length - filled, position + filled);
    if (bytesRead === 0) throw cutShort();
    filled += bytesRead;
  }
  return bytes;
}
