import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Call } from '../registry/call.ts';
import { isOciError, OciError } from '../error.ts';
import type { LayoutPlace } from './layout-place.ts';
import { readTarIndex, type TarEntry } from './tar-index.ts';

type Files = ReadonlyMap<string, TarEntry>;

/** A layout in a tar archive (`skopeo copy … oci-archive:FILE`, `docker save`). Nothing is extracted: files are read where they are in the archive. */
export function tarPlace(archive: string): LayoutPlace {
  // Its headers are read once, and again if the file has been replaced meanwhile.
  let lastIndex: { readonly stamp: string; readonly files: Files } | undefined;

  async function indexOf(handle: FileHandle, call: Call): Promise<Files> {
    const info = await handle.stat({ bigint: true });
    if (!info.isFile())
      throw new OciError('invalid-layout', 'a layout is a directory or a tar file; write a pipe to a file first');
    const stamp = [info.dev, info.ino, info.size, info.mtimeNs].join();
    if (lastIndex?.stamp === stamp) return lastIndex.files;
    const started = performance.now();
    const files = await readTarIndex(handle, Number(info.size), call).catch((error: unknown) => {
      throw isOciError(error) && error.code === 'invalid-layout' ? ofArchive(error, archive) : error;
    });
    call.look({
      method: 'READ',
      url: `oci:${archive}`,
      durationMs: Math.round(performance.now() - started),
      note: 'the headers of the archive',
    });
    lastIndex = { stamp, files };
    return files;
  }

  async function withIndex<T>(call: Call, use: (handle: FileHandle, files: Files) => T): Promise<T> {
    // NONBLOCK keeps a FIFO from hanging us. Windows has none.
    const handle = await open(archive, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      return use(handle, await indexOf(handle, call));
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  return {
    open: (path, call) =>
      withIndex(call, (handle, files) => {
        const entry = files.get(path.join('/'));
        if (entry === undefined) throw new OciError('not-found', 'not in the layout', { url: `oci:${archive}` });
        return { handle, ...entry };
      }),
    list: async function* (path, call) {
      const { handle, files } = await withIndex(call, (opened, all) => ({ handle: opened, files: all }));
      await handle.close();
      const prefix = `${path.join('/')}/`;
      for (const [name, { size }] of files)
        if (name.startsWith(prefix)) yield { name: name.slice(prefix.length), size };
    },
  };
}

function ofArchive({ code, message, actual }: OciError, archive: string): OciError {
  return new OciError(code, `${archive}: ${message}`, { actual, url: `oci:${archive}` });
}
