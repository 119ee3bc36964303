import { RekorError } from '../error.ts';
import { nodeHash, sha256, sha256Into } from '../proof/merkle.ts';

/** A tile of a log (C2SP tlog-tiles): up to 256 neighbouring hashes on every eighth level of the tree, or the entries below them. */
export interface TileName {
  /** 0 for leaf hashes; `entries` for the bundle of their entries. */
  readonly level: number | 'entries';
  readonly index: number;
  /** 1 to 255 for the tile at the right edge, 256 for a full one. */
  readonly width: number;
}

/** Hashes in a full tile, and entries in a full bundle. */
export const TILE_WIDTH = 256;
const HASH_BYTES = 32;

/**
 * A tile's path: the index in groups of three digits, all but the last marked with `x`; the width of a partial tile last.
 *
 * @example tilePath({ level: 0, index: 1234067, width: 17 }) // 'tile/0/x001/x234/067.p/17'
 */
export function tilePath({ level, index, width }: TileName): string {
  const digits = String(index);
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, '0');
  const groups = padded.match(/.{3}/g) ?? [];
  const path = groups.map((group, i) => (i === groups.length - 1 ? group : `x${group}`)).join('/');
  return `tile/${String(level)}/${path}${width === TILE_WIDTH ? '' : `.p/${String(width)}`}`;
}

/** Reads what `tilePath` writes. @throws RekorError `invalid-proof` for any other spelling */
export function parseTilePath(path: string): TileName {
  const match = /^tile\/(entries|[0-9]+)\/((?:x[0-9]{3}\/)*[0-9]{3})(?:\.p\/([0-9]+))?$/.exec(path);
  const [, level = '', groups = '', width] = match ?? [];
  const name: TileName = {
    level: level === 'entries' ? level : Number(level),
    index: Number(groups.replaceAll(/[x/]/g, '')),
    width: width === undefined ? TILE_WIDTH : Number(width),
  };
  if (match === null || !isTile(name) || tilePath(name) !== path)
    throw new RekorError(
      'invalid-proof',
      `${JSON.stringify(path.slice(0, 100))} is not the path of a tile; expected one like tile/0/x001/234`,
    );
  return name;
}

function isTile({ level, index, width }: TileName): boolean {
  return (level === 'entries' || level < 64) && Number.isSafeInteger(index) && width >= 1 && width <= TILE_WIDTH;
}

/** How many hashes a tree of this size has on a tile level. */
export function levelSize(size: number, level: number): number {
  return Math.floor(size / TILE_WIDTH ** level);
}

/** The tile that holds a hash, as wide as it is in a tree of this size. */
export function tileAt(size: number, level: number, index: number): TileName {
  return { level, index, width: Math.min(TILE_WIDTH, levelSize(size, level) - index * TILE_WIDTH) };
}

/** The partial tiles at the right edge of a tree, from the leaves up: together they are its root. */
export function edgeTiles(size: number): readonly TileName[] {
  const tiles: TileName[] = [];
  for (let level = 0; levelSize(size, level) > 0; level += 1) {
    const width = levelSize(size, level) % TILE_WIDTH;
    if (width > 0) tiles.push({ level, index: Math.floor(levelSize(size, level) / TILE_WIDTH), width });
  }
  return tiles;
}

/** One hash of a tile. */
export function hashAt(tile: Uint8Array, position: number): Uint8Array {
  return tile.subarray(position * HASH_BYTES, (position + 1) * HASH_BYTES);
}

/** The hash over 1, 2, 4, … or 256 neighbouring hashes of a tile. */
export function foldHashes(tile: Uint8Array, start: number, count: number): Uint8Array {
  if (count === 1) return hashAt(tile, start);
  // One scratch for all levels, and one node at a time: a scan folds millions.
  const level = Buffer.from(tile.subarray(start * HASH_BYTES, (start + count) * HASH_BYTES));
  const node = Buffer.allocUnsafe(1 + 2 * HASH_BYTES);
  node[0] = 0x01;
  for (let width = count; width > 1; width /= 2) {
    for (let i = 0; i < width; i += 2) {
      level.copy(node, 1, i * HASH_BYTES, (i + 2) * HASH_BYTES);
      sha256Into(node, level, (i / 2) * HASH_BYTES);
    }
  }
  return new Uint8Array(level.subarray(0, HASH_BYTES));
}

/** The root of a tree from the tiles at its right edge, from the leaves up. */
export function rootOfEdge(tiles: readonly { readonly name: TileName; readonly bytes: Uint8Array }[]): Uint8Array {
  let root: Uint8Array | undefined;
  for (const { name, bytes } of tiles) {
    // The widest perfect tree stands left: from the right, each next one to the left is larger.
    for (let bit = 1, end = name.width; end > 0; bit *= 2) {
      if ((name.width & bit) === 0) continue;
      const subtree = foldHashes(bytes, end - bit, bit);
      root = root === undefined ? subtree : nodeHash(subtree, root);
      end -= bit;
    }
  }
  return root ?? sha256(new Uint8Array());
}

/** One entry of a bundle. */
export interface BundledEntry {
  readonly body: Uint8Array;
  readonly leafHash: Uint8Array;
}

/**
 * Splits an entry bundle (16-bit big-endian length and bytes, as often as the tile is wide) and hashes its leaves. The bytes are
 * written to while it runs, and then as they were.
 *
 * @returns the entries, and their leaf hashes as a tile of level 0
 * @throws RekorError `invalid-proof` when it is cut short or has bytes left
 */
export function splitBundle(
  bytes: Uint8Array,
  width: number,
): { readonly entries: readonly BundledEntry[]; readonly tile: Uint8Array } {
  const tile = Buffer.allocUnsafe(width * HASH_BYTES);
  const entries: BundledEntry[] = [];
  // Built by hand: a scan makes millions of views, and `subarray` of a Buffer costs three times this.
  const view = (of: Uint8Array, from: number, to: number): Uint8Array =>
    new Uint8Array(of.buffer, of.byteOffset + from, to - from);
  let offset = 0;
  for (let position = 0; position < width; position += 1) {
    const [high, low] = [bytes[offset], bytes[offset + 1]];
    const start = offset + 2;
    offset = start + (high ?? 0) * 256 + (low ?? 0);
    if (high === undefined || low === undefined || offset > bytes.byteLength)
      throw new RekorError(
        'invalid-proof',
        `the entry bundle ends after ${String(bytes.byteLength)} bytes, within entry ${String(position)} of ${String(width)}`,
      );
    // The leaf's prefix goes where its length was, which has been read: no copy of the body.
    bytes[start - 1] = 0x00;
    sha256Into(view(bytes, start - 1, offset), tile, position * HASH_BYTES);
    bytes[start - 1] = low;
    entries.push({
      body: view(bytes, start, offset),
      leafHash: view(tile, position * HASH_BYTES, (position + 1) * HASH_BYTES),
    });
  }
  if (offset !== bytes.byteLength)
    throw new RekorError(
      'invalid-proof',
      `the entry bundle has ${String(bytes.byteLength)} bytes, but its ${String(width)} entries take ${String(offset)}`,
    );
  return { entries, tile };
}
