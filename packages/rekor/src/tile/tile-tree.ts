import { alarm } from '../note/check-checkpoint.ts';
import { encodeBase64, sameBytes } from '@sigtrail/encoding';
import { RekorError, isRekorError } from '../error.ts';
import { nodeHash } from '../proof/merkle.ts';
import type { LogCheckpoint, RekorCallOptions } from '../client/rekor.ts';
import { edgeTiles, foldHashes, hashAt, rootOfEdge, splitBundle, TILE_WIDTH, tileAt, tilePath } from './tile.ts';
import type { BundledEntry, TileName } from './tile.ts';
import type { TileSource } from './tile-source.ts';

/** A tree read from tiles, each of which hashes to the signed root. */
export interface TileTree {
  readonly checkpoint: LogCheckpoint;
  readonly size: number;
  /** Hashes of a tile. @throws RekorError `tile-mismatch`, `entry-dropped`, or why it could not be read */
  tile(level: number, index: number, call: RekorCallOptions): Promise<Uint8Array>;
  /** The entries below a tile of leaf hashes. @throws as `tile` */
  bundle(index: number, call: RekorCallOptions): Promise<readonly BundledEntry[]>;
  /** The audit path of a leaf. @throws as `tile` */
  inclusion(index: number, call: RekorCallOptions): Promise<readonly Uint8Array[]>;
  /** The proof that the tree of the first `size` leaves grew into this one. @throws as `tile` */
  consistency(size: number, call: RekorCallOptions): Promise<readonly Uint8Array[]>;
}

// Of each level the last few: a scan goes from left to right, and a proof needs one on each.
const KEPT_TILES = 32;

/**
 * Opens the tree under a checkpoint that was checked. The tiles at its right edge make its root, so they are read and compared first;
 * every full tile is then compared with the hash its parent has for it. Memory: a few tiles for each level, at any size.
 *
 * @throws RekorError `tile-mismatch`, `entry-dropped`, or why the tiles could not be read
 */
export async function openTileTree(
  source: TileSource,
  checkpoint: LogCheckpoint,
  call: RekorCallOptions,
): Promise<TileTree> {
  if (checkpoint.size > BigInt(Number.MAX_SAFE_INTEGER))
    throw new RekorError(
      'unsupported',
      `the log signed ${String(checkpoint.size)} entries; this client reads logs of up to 2^53-1`,
    );
  const size = Number(checkpoint.size);
  const edge = await Promise.all(
    edgeTiles(size).map(async (name) => ({ name, bytes: await readHashes(source, checkpoint, name, call) })),
  );
  const edgeFiles = Object.fromEntries(edge.map(({ name, bytes }) => [tilePath(name), bytes]));
  if (!sameBytes(rootOfEdge(edge), checkpoint.checkpoint.rootHash))
    throw mismatch(
      source,
      checkpoint,
      Math.max(0, size - 1),
      'the tiles at the tree’s edge don’t make the signed root',
      edgeFiles,
    );
  const verified = new Map<string, Uint8Array>(edge.map(({ name, bytes }) => [keyOf(name), bytes]));
  const edgeKeys = new Set(verified.keys());
  const keep = (name: TileName, bytes: Uint8Array): void => {
    verified.set(keyOf(name), bytes);
    for (const key of verified.keys()) {
      if (verified.size <= KEPT_TILES + edgeKeys.size) break;
      if (!edgeKeys.has(key)) verified.delete(key);
    }
  };

  const tile = async (level: number, index: number, options: RekorCallOptions): Promise<Uint8Array> => {
    const name = tileAt(size, level, index);
    const known = verified.get(keyOf(name));
    if (known !== undefined) return known;
    const bytes = await readHashes(source, checkpoint, name, options);
    await requireParent(name, foldHashes(bytes, 0, TILE_WIDTH), { [tilePath(name)]: bytes }, level, options);
    keep(name, bytes);
    return bytes;
  };

  /** A full tile's hash stands in the tile above it. */
  const requireParent = async (
    name: TileName,
    folded: Uint8Array,
    files: Readonly<Record<string, Uint8Array>>,
    level: number,
    options: RekorCallOptions,
  ): Promise<void> => {
    const above = Math.floor(name.index / TILE_WIDTH);
    const parent = await tile(level + 1, above, options);
    if (sameBytes(folded, hashAt(parent, name.index % TILE_WIDTH))) return;
    const path = [...ancestors(size, level + 1, above)];
    const parents = path.flatMap((one) => {
      const bytes = verified.get(keyOf(one));
      return bytes === undefined ? [] : [[tilePath(one), bytes] as const];
    });
    const first = name.index * TILE_WIDTH ** (level + 1);
    const message = `${tilePath(name)} doesn’t hash to what the tile above it says`;
    throw mismatch(source, checkpoint, first, message, { ...edgeFiles, ...Object.fromEntries(parents), ...files });
  };

  const node = async (height: number, index: number, options: RekorCallOptions): Promise<Uint8Array> => {
    const level = Math.floor(height / 8);
    const count = 2 ** (height % 8);
    const start = index * count;
    const bytes = await tile(level, Math.floor(start / TILE_WIDTH), options);
    return foldHashes(bytes, start % TILE_WIDTH, count);
  };
  /** The root of the leaves from `begin` to `end` (RFC 9162 §2.1.1); `begin` is a multiple of the power of two at or above their number. */
  const range = async (begin: number, end: number, options: RekorCallOptions): Promise<Uint8Array> => {
    const count = end - begin;
    const split = largestPowerBelow(count);
    if (count === 1 || split * 2 === count) return node(Math.log2(count), begin / count, options);
    const left = await range(begin, begin + split, options);
    return nodeHash(left, await range(begin + split, end, options));
  };

  return {
    checkpoint,
    size,
    tile,
    async bundle(index, options) {
      const { width } = tileAt(size, 0, index);
      const name: TileName = { level: 'entries', index, width };
      const bytes = await source.tile(name, options);
      if (bytes === undefined) throw dropped(source, checkpoint, index * TILE_WIDTH);
      const split = splitOrRefuse(bytes, width, () =>
        mismatch(source, checkpoint, index * TILE_WIDTH, `${tilePath(name)} is malformed`, {
          ...edgeFiles,
          [tilePath(name)]: bytes,
        }),
      );
      if (width === TILE_WIDTH) {
        await requireParent(name, foldHashes(split.tile, 0, TILE_WIDTH), { [tilePath(name)]: bytes }, 0, options);
      } else if (!sameBytes(split.tile, await tile(0, index, options))) {
        const message = `${tilePath(name)} doesn’t hash to its tile`;
        throw mismatch(source, checkpoint, index * TILE_WIDTH, message, { ...edgeFiles, [tilePath(name)]: bytes });
      }
      return split.entries;
    },
    async inclusion(index, options) {
      const hashes: Uint8Array[] = [];
      let [begin, end] = [0, size];
      while (end - begin > 1) {
        const middle = begin + largestPowerBelow(end - begin);
        hashes.push(index < middle ? await range(middle, end, options) : await range(begin, middle, options));
        if (index < middle) end = middle;
        else begin = middle;
      }
      return hashes.toReversed();
    },
    async consistency(first, options) {
      const hashes: Uint8Array[] = [];
      let [begin, end, whole] = [0, size, true];
      while (first < end) {
        const middle = begin + largestPowerBelow(end - begin);
        if (first <= middle) {
          hashes.push(await range(middle, end, options));
          end = middle;
        } else {
          hashes.push(await range(begin, middle, options));
          begin = middle;
          whole = false;
        }
      }
      if (!whole) hashes.push(await range(begin, end, options));
      return hashes.toReversed();
    },
  };
}

/** The tiles above a full one, up to the edge. */
function* ancestors(size: number, level: number, index: number): Generator<TileName> {
  for (let at = index; ; level += 1, at = Math.floor(at / TILE_WIDTH)) {
    const name = tileAt(size, level, at);
    yield name;
    if (name.width < TILE_WIDTH) return;
  }
}

async function readHashes(
  source: TileSource,
  checkpoint: LogCheckpoint,
  name: TileName,
  call: RekorCallOptions,
): Promise<Uint8Array> {
  const bytes = await source.tile(name, call);
  const level = name.level === 'entries' ? 0 : name.level;
  const first = name.index * TILE_WIDTH ** (level + 1);
  if (bytes === undefined) throw dropped(source, checkpoint, first);
  if (bytes.byteLength !== name.width * 32)
    throw mismatch(source, checkpoint, first, `${tilePath(name)} has ${String(bytes.byteLength)} bytes`, {
      [tilePath(name)]: bytes,
    });
  return bytes;
}

function splitOrRefuse(bytes: Uint8Array, width: number, refuse: () => RekorError): ReturnType<typeof splitBundle> {
  try {
    return splitBundle(bytes, width);
  } catch (error) {
    throw isRekorError(error) ? refuse() : error;
  }
}

function dropped({ url }: TileSource, { note, size }: LogCheckpoint, logIndex: number): RekorError {
  return alarm(
    'entry-dropped',
    `the log signed ${String(size)} entries, and does not serve the file with entry ${String(logIndex)}`,
    {
      url,
      asked: `logIndex ${String(logIndex)}`,
      checkpoints: [note],
      expected: `entries below ${String(size)}`,
      actual: 'not found',
    },
  );
}

function mismatch(
  { url }: TileSource,
  { note }: LogCheckpoint,
  logIndex: number,
  message: string,
  files: Readonly<Record<string, Uint8Array>>,
): RekorError {
  return alarm('tile-mismatch', message, {
    url,
    asked: `logIndex ${String(logIndex)}`,
    checkpoints: [note],
    files: Object.fromEntries(Object.entries(files).map(([path, bytes]) => [path, encodeBase64(bytes)])),
  });
}

function keyOf({ level, index }: TileName): string {
  return `${String(level)}/${String(index)}`;
}

/** The largest power of two below a number; 1 for 1. */
function largestPowerBelow(count: number): number {
  let power = 1;
  while (power * 2 < count) power *= 2;
  return power;
}
