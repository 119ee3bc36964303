import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { leafHash, nodeHash } from '../proof/merkle.ts';
import { edgeTiles, foldHashes, parseTilePath, rootOfEdge, splitBundle, tileAt, tilePath } from './tile.ts';

describe('tilePath', () => {
  it.each([
    [{ level: 0, index: 0, width: 256 }, 'tile/0/000'],
    [{ level: 0, index: 5, width: 256 }, 'tile/0/005'],
    [{ level: 1, index: 19669, width: 256 }, 'tile/1/x019/669'],
    [{ level: 2, index: 1234067, width: 17 }, 'tile/2/x001/x234/067.p/17'],
    [{ level: 'entries', index: 1000, width: 1 }, 'tile/entries/x001/000.p/1'],
  ] as const)('writes %j as %s', (name, path) => {
    expect(tilePath(name)).toBe(path);
    expect(parseTilePath(path)).toEqual(name);
  });

  it('has one spelling', () => {
    const names = fc.record({
      level: fc.oneof(fc.integer({ min: 0, max: 63 }), fc.constant('entries' as const)),
      index: fc.nat({ max: 2 ** 31 - 1 }),
      width: fc.integer({ min: 1, max: 256 }),
    });
    fc.assert(
      fc.property(names, (name) => {
        expect(parseTilePath(tilePath(name))).toEqual(name);
      }),
    );
  });

  it.each([
    'tile/0/5',
    'tile/0/x000/005',
    'tile/00/005',
    'tile/0/005.p/0',
    'tile/0/005.p/257',
    'tile/64/000',
    'tile/0/005/',
    '../005',
  ])('refuses %s', (path) => {
    expect(() => parseTilePath(path)).toThrow(expect.objectContaining({ code: 'invalid-proof' }));
  });
});

/** RFC 9162 §2.1.1, as it is written. */
function treeRoot(leaves: readonly Uint8Array[]): Uint8Array {
  const [only] = leaves;
  if (leaves.length === 1 && only !== undefined) return only;
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return nodeHash(treeRoot(leaves.slice(0, split)), treeRoot(leaves.slice(split)));
}

describe('tiles', () => {
  const leaves = Array.from({ length: 1300 }, (_, i) => leafHash(Buffer.from(String(i))));

  it.each([1, 2, 3, 5, 255, 256, 257, 511, 512, 769, 1300])('make the root of %i leaves from the edge', (size) => {
    const edge = edgeTiles(size).map((name) => {
      const step = 256 ** Number(name.level);
      const hashes = Array.from({ length: name.width }, (_, i) => {
        const first = (name.index * 256 + i) * step;
        return treeRoot(leaves.slice(first, first + step));
      });
      return { name, bytes: Buffer.concat(hashes) };
    });
    expect(Buffer.from(rootOfEdge(edge))).toEqual(Buffer.from(treeRoot(leaves.slice(0, size))));
  });

  it('fold to the hash of the node above them', () => {
    const tile = Buffer.concat(leaves.slice(0, 256));
    for (const [start, count] of [
      [0, 256],
      [128, 128],
      [6, 2],
      [7, 1],
    ] as const)
      expect(Buffer.from(foldHashes(tile, start, count))).toEqual(
        Buffer.from(treeRoot(leaves.slice(start, start + count))),
      );
  });

  it('are full but at the edge', () => {
    expect(tileAt(300, 0, 0).width).toBe(256);
    expect(tileAt(300, 0, 1).width).toBe(44);
    expect(tileAt(300, 1, 0).width).toBe(1);
    expect(edgeTiles(65_536)).toEqual([{ level: 2, index: 0, width: 1 }]);
    expect(edgeTiles(0)).toEqual([]);
  });
});

describe('splitBundle', () => {
  const bundle = (...bodies: readonly string[]): Uint8Array =>
    Buffer.concat(bodies.flatMap((body) => [Buffer.of(body.length >> 8, body.length & 255), Buffer.from(body)]));

  it('gives each entry with its leaf hash', () => {
    const long = 'x'.repeat(700);
    const { entries, tile } = splitBundle(bundle('a', '', long), 3);
    expect(entries.map(({ body }) => Buffer.from(body).toString())).toEqual(['a', '', long]);
    expect(entries.map(({ leafHash: hash }) => Buffer.from(hash))).toEqual(
      ['a', '', long].map((body) => Buffer.from(leafHash(Buffer.from(body)))),
    );
    expect(tile.byteLength).toBe(96);
  });

  it.each([
    ['a length alone', Uint8Array.of(0), 1],
    ['a body cut short', bundle('abc').subarray(0, 4), 1],
    ['fewer entries', bundle('abc'), 2],
    ['more entries', bundle('abc', 'd'), 1],
  ])('refuses %s', (_what, bytes, width) => {
    expect(() => splitBundle(Uint8Array.from(bytes), width)).toThrow(
      expect.objectContaining({ code: 'invalid-proof' }),
    );
  });
});
