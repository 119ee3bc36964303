import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readDer, readObjectIdentifier, TAG } from './der.ts';

const read = (contents: readonly number[]): string =>
  readObjectIdentifier(
    readDer(
      Uint8Array.from([
        TAG.objectIdentifier,
        ...(contents.length < 128 ? [] : [0x81 + (contents.length >> 8)]),
        ...(contents.length < 256 ? [] : [contents.length >> 8]),
        contents.length & 0xff,
        ...contents,
      ]),
    ),
    'test',
  );

/** X.690 §8.19: base 128, most significant first, all but the last byte with the high bit. */
function encode(arcs: readonly bigint[]): number[] {
  const [first = 0n, second = 0n, ...rest] = arcs;
  return [first * 40n + second, ...rest].flatMap((arc) => {
    const bytes = [Number(arc & 0x7fn)];
    for (let left = arc >> 7n; left > 0n; left >>= 7n) bytes.unshift(Number(left & 0x7fn) | 0x80);
    return bytes;
  });
}

describe('object identifiers', () => {
  it.each([
    ['0.0', [0x00]],
    ['0.39', [0x27]],
    ['1.0', [0x28]],
    ['1.39', [0x4f]],
    ['2.0', [0x50]],
    ['2.47', [0x7f]],
    ['2.48', [0x81, 0x00]],
    ['2.5.29.17', [0x55, 0x1d, 0x11]],
    ['1.3.6.1.4.1.57264.1.8', [0x2b, 6, 1, 4, 1, 0x83, 0xbf, 0x30, 1, 8]],
    ['2.25.329800735698586629295641978511506172918', encode([2n, 25n, 329800735698586629295641978511506172918n])],
  ])('reads %s', (text, contents) => {
    expect(read(contents)).toBe(text);
  });

  it('keeps every arc exact, however long', () => {
    const arc = fc.oneof(
      fc.bigInt({ min: 0n, max: 2n ** 20n }),
      fc.bigInt({ min: 2n ** 44n, max: 2n ** 54n }),
      fc.bigInt({ min: 0n, max: 2n ** 140n }),
    );
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n }), arc, fc.array(arc, { maxLength: 5 }), (first, any, rest) => {
        const second = first < 2n ? any % 40n : any;
        const contents = encode([first, second, ...rest]);
        expect(read(contents)).toBe([first, second, ...rest].join('.'));
      }),
    );
  });

  it.each([
    ['nothing', []],
    ['an arc without end', [0x55, 0x81]],
    ['a leading zero', [0x55, 0x80, 0x01]],
    ['an arc of 257 bytes', [...Array.from({ length: 256 }, () => 0xff), 0x01]],
  ])('refuses %s', (_what, contents) => {
    expect(() => read(contents)).toThrow(expect.objectContaining({ code: 'invalid-der' }));
  });
});
