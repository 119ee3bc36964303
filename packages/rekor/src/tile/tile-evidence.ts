import type { Checkpoint } from '../note/checkpoint.ts';
import { decodeBase64, sameBytes } from '@sigtrail/encoding';
import { isRekorError } from '../error.ts';
import { edgeTiles, foldHashes, hashAt, rootOfEdge, splitBundle, TILE_WIDTH, tileAt, tilePath } from './tile.ts';
import type { TileName } from './tile.ts';

/**
 * Whether saved tiles really don't hash to the signed root: from the edge down to the entries around an index, the first file that
 * contradicts what is above it. Unsaved files show nothing.
 */
export function showsTileMismatch(
  { size: leaves, rootHash }: Checkpoint,
  index: number,
  files: Readonly<Record<string, string>>,
): boolean {
  const size = Number(leaves);
  const read = (name: TileName): Uint8Array | undefined => {
    const path = tilePath(name);
    return Object.hasOwn(files, path) ? decodeBase64(files[path] ?? '') : undefined;
  };
  const edge = edgeTiles(size).map((name) => ({ name, bytes: read(name) }));
  if (edge.some(({ name, bytes }) => bytes !== undefined && bytes.byteLength !== name.width * 32)) return true;
  const whole = edge.flatMap(({ name, bytes }) => (bytes === undefined ? [] : [{ name, bytes }]));
  if (whole.length < edge.length) return false;
  if (!sameBytes(rootOfEdge(whole), rootHash)) return true;
  const levels = Array.from(
    { length: edge.at(-1)?.name.level === undefined ? 0 : Number(edge.at(-1)?.name.level) + 1 },
    (_, i) => i,
  );
  for (const level of levels.toReversed()) {
    const name = tileAt(size, level, Math.floor(index / TILE_WIDTH ** (level + 1)));
    const bytes = read(name);
    if (bytes === undefined || name.width < TILE_WIDTH) continue;
    if (bytes.byteLength !== TILE_WIDTH * 32) return true;
    if (contradicts(size, name.index, level, foldHashes(bytes, 0, TILE_WIDTH), read)) return true;
  }
  return bundleContradicts(size, index, read);
}

function bundleContradicts(size: number, index: number, read: (name: TileName) => Uint8Array | undefined): boolean {
  const name = tileAt(size, 0, Math.floor(index / TILE_WIDTH));
  const bytes = read({ ...name, level: 'entries' });
  if (bytes === undefined) return false;
  let leaves: Uint8Array;
  try {
    leaves = splitBundle(new Uint8Array(bytes), name.width).tile;
  } catch (error) {
    if (isRekorError(error)) return true;
    throw error;
  }
  if (name.width === TILE_WIDTH) return contradicts(size, name.index, 0, foldHashes(leaves, 0, TILE_WIDTH), read);
  const tile = read(name);
  return tile !== undefined && !sameBytes(leaves, tile);
}

function contradicts(
  size: number,
  index: number,
  level: number,
  folded: Uint8Array,
  read: (name: TileName) => Uint8Array | undefined,
): boolean {
  const parent = read(tileAt(size, level + 1, Math.floor(index / TILE_WIDTH)));
  return parent !== undefined && !sameBytes(folded, hashAt(parent, index % TILE_WIDTH));
}
