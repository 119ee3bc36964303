import { fileURLToPath } from 'node:url';

import type { Asker } from '../client/ask.ts';
import { RekorError, isRekorError } from '../error.ts';
import { readWhole } from './read-file.ts';
import type { RekorCallOptions } from '../client/rekor.ts';
import { TILE_WIDTH, tilePath } from './tile.ts';
import type { TileName } from './tile.ts';

/** Where the files of a tile log are read. */
export interface TileSource {
  readonly url: string;
  /** The signed note. @throws RekorError `not-a-log`, or why it could not be read */
  checkpoint(call: RekorCallOptions): Promise<string>;
  /** A tile or entry bundle, cut to the width asked for; `undefined` when it isn't there. */
  tile(name: TileName, call: RekorCallOptions): Promise<Uint8Array | undefined>;
}

const HASH_BYTES = 32;
// 256 entries of at most 65535 bytes with their lengths.
const MAX_BUNDLE_BYTES = TILE_WIDTH * (2 + 65_535);
const MAX_CHECKPOINT_BYTES = 64 * 1024;
// Both are in use for the same logs: monitors and witnesses read below one, clients below the other.
const PREFIXES = ['', '/api/v2'] as const;

type Read = (path: string, maxBytes: number, call: RekorCallOptions) => Promise<Uint8Array | undefined>;

/** The tiles of a Rekor v2 at its address, below whichever of the known prefixes answers first. */
export function httpTiles(asker: Asker): TileSource {
  let prefix: string | undefined;
  const read: Read = async (path, maxBytes, { signal }) => {
    try {
      // Static servers send words with their 404: they tell nothing but "not there".
      return (await asker.ask({ path, maxBytes, signal, accept: '*/*' })).body;
    } catch (error) {
      if (
        isRekorError(error) &&
        (error.code === 'not-found' || error.code === 'not-a-log' || error.code === 'not-enabled')
      )
        return undefined;
      throw error;
    }
  };
  return {
    url: asker.url,
    async checkpoint(call) {
      for (const candidate of prefix === undefined ? PREFIXES : [prefix]) {
        const note = await read(`${candidate}/checkpoint`, MAX_CHECKPOINT_BYTES, call);
        if (note === undefined) continue;
        prefix = candidate;
        return textOf(note);
      }
      throw new RekorError(
        'not-a-log',
        `${asker.url} serves no checkpoint; check that this is the address of a Rekor v2`,
      );
    },
    async tile(name, call) {
      if (prefix === undefined) await this.checkpoint(call);
      return readTile((path, maxBytes) => read(`${prefix ?? ''}/${path}`, maxBytes, call), name);
    },
  };
}

/** The tiles of a log in a folder. */
export function fileTiles(url: string): TileSource {
  const base = url.endsWith('/') ? url : `${url}/`;
  const read = async (path: string, maxBytes: number): Promise<Uint8Array | undefined> => {
    try {
      return await readWhole(fileURLToPath(new URL(path, base)), maxBytes);
    } catch (cause) {
      // A partial tile is a folder beside the full tile's file: ENOTDIR is "not there" too.
      if (isMissing(cause)) return undefined;
      if (isRekorError(cause)) throw cause;
      throw new RekorError('network', `could not read the log’s file ${path}`, { cause });
    }
  };
  return {
    url,
    async checkpoint() {
      const note = await read('checkpoint', MAX_CHECKPOINT_BYTES);
      if (note === undefined)
        throw new RekorError(
          'not-a-log',
          `the folder ${url} has no file named checkpoint; check that it holds the tiles of a log`,
        );
      return textOf(note);
    },
    tile: (name) => readTile(read, name),
  };
}

/** A partial tile may be deleted once the full one is there (tlog-tiles): then the full tile is read and cut. */
async function readTile(
  read: (path: string, maxBytes: number) => Promise<Uint8Array | undefined>,
  name: TileName,
): Promise<Uint8Array | undefined> {
  const maxBytes = name.level === 'entries' ? MAX_BUNDLE_BYTES : TILE_WIDTH * HASH_BYTES;
  const exact = await read(tilePath(name), maxBytes);
  if (exact !== undefined || name.width === TILE_WIDTH) return exact;
  const full = await read(tilePath({ ...name, width: TILE_WIDTH }), maxBytes);
  return full === undefined ? undefined : cut(full, name);
}

function cut(full: Uint8Array, { level, width }: TileName): Uint8Array {
  if (level !== 'entries') return full.subarray(0, width * HASH_BYTES);
  let end = 0;
  for (let i = 0; i < width; i += 1) end += 2 + (full[end] ?? 0) * 256 + (full[end + 1] ?? 0);
  return full.subarray(0, end);
}

function textOf(note: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(note);
  } catch (cause) {
    throw new RekorError('invalid-checkpoint', 'the log’s checkpoint is not UTF-8 text', { cause });
  }
}

function isMissing(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOENT' || code === 'ENOTDIR';
}
