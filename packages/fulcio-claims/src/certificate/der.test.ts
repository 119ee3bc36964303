import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { readChildren, readDer } from './der.ts';

/** Encodes one element with the shortest length (X.690 §10.1). */
function encode(tag: number, contents: Uint8Array): Uint8Array {
  const length = contents.byteLength;
  const bytes = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Uint8Array.of(tag, ...bytes, ...contents);
}
const elements = fc.tuple(fc.constantFrom(0x02, 0x0c, 0x30, 0x86, 0xa0), fc.uint8Array({ maxLength: 300 }));
const invalid = expect.objectContaining({ name: 'ClaimsError', code: 'invalid-der' });

describe('readDer', () => {
  it('reads every element that is encoded the shortest way', () => {
    fc.assert(
      fc.property(elements, ([tag, contents]) => {
        const bytes = encode(tag, contents);
        expect(readDer(bytes)).toEqual({ tag, contents, bytes });
      }),
    );
  });

  it('refuses an element that is cut off anywhere or has a byte after it', () => {
    fc.assert(
      fc.property(elements, fc.nat(), ([tag, contents], cut) => {
        const bytes = encode(tag, contents);
        expect(() => readDer(bytes.subarray(0, cut % bytes.byteLength))).toThrow(invalid);
        expect(() => readDer(Uint8Array.of(...bytes, 0))).toThrow(invalid);
      }),
    );
  });

  it.each([
    ['nothing', []],
    ['a long form for a short length', [0x0c, 0x81, 0x01, 0x61]],
    ['a leading zero in the length', [0x0c, 0x82, 0x00, 0x81, ...Array.from({ length: 0x81 }, () => 0x61)]],
    ['the indefinite length of BER', [0x30, 0x80, 0x00, 0x00]],
    ['a length of five bytes', [0x0c, 0x85, 1, 0, 0, 0, 0]],
    ['a length far beyond the input', [0x0c, 0x84, 0xff, 0xff, 0xff, 0xff]],
    ['a tag of two bytes', [0x1f, 0x81, 0x01, 0x00]],
  ])('refuses %s', (_what, bytes) => {
    expect(() => readDer(Uint8Array.from(bytes))).toThrow(invalid);
  });
});

describe('readChildren', () => {
  it('reads elements one after the other', () => {
    fc.assert(
      fc.property(fc.array(elements, { maxLength: 5 }), (list) => {
        const bytes = Buffer.concat(list.map(([tag, contents]) => encode(tag, contents)));
        expect(readChildren(new Uint8Array(bytes)).map(({ tag, contents }) => [tag, contents])).toEqual(list);
      }),
    );
  });

  it('refuses a list of more than 64 elements before it reads on', () => {
    expect(readChildren(new Uint8Array(2 * 64))).toHaveLength(64);
    expect(() => readChildren(new Uint8Array(2 * 65))).toThrow(invalid);
  });
});
