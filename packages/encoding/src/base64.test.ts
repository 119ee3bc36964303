import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  decodeBase64,
  decodeBase64Lines,
  decodeHex,
  encodeBase64,
  encodeHex,
  isHexOf,
  sameBytes,
  withoutLineBreaks,
} from './base64.ts';

// Node skips what it can't read; a text that it doesn't write back is another spelling.
const hasOneSpelling = (text: string): boolean => Buffer.from(text, 'base64').toString('base64') === text;

describe('decodeBase64', () => {
  it('reads back what is written, short and long', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(decodeBase64(encodeBase64(bytes))).toEqual(bytes);
      }),
    );
  });

  it.each([
    ['no padding', 'AAA'],
    ['too much padding', 'AA==='],
    ['padding for nothing', '===='],
    ['padding in the middle', 'AA==AAAA'],
    ['one digit and padding', 'A==='],
    ['padding for two and then a digit', 'A=AA'],
    ['stray bits before one', 'AAB='],
    ['stray bits before two', 'AB=='],
    ['the digits of URLs', 'AA-_'],
    ['a space', 'AA A'],
    ['a line end', 'AAAA\n'],
    ['a letter whose low byte is a digit', 'AAA\u0141'],
    ['a character beyond the digits', 'AAA\u00ff'],
    ['half of a pair', 'AAA\ud800'],
  ])('refuses %s, short and long', (_what, text) => {
    expect(decodeBase64(text)).toBeUndefined();
    expect(decodeBase64('AAAA'.repeat(100) + text)).toBeUndefined();
  });

  it('takes one spelling only: what it reads is written back', () => {
    const digits = fc.constantFrom(...Array.from('ABQZaz019+/==-_ \n\u0141\u00e9'));
    fc.assert(
      fc.property(fc.string({ unit: digits, maxLength: 12 }), (text) => {
        const bytes = decodeBase64(text);
        expect(bytes !== undefined).toBe(hasOneSpelling(text));
        if (bytes !== undefined) expect(encodeBase64(bytes)).toBe(text);
      }),
      { numRuns: 2000 },
    );
  });
});

/**
 * What the readers of evidence accept. `go`: encoding/base64 and encoding/json of Go 1.26, with which cosign reads annotations, SETs and bodies.
 * `dsse`: secure-systems-lab/dsse, with which it reads envelopes. `protojson`: google.golang.org/protobuf 1.36.11, by which sigstore-go reads
 * bundles: it counts line breaks when it decides whether there is padding. `python`: sigstore-models 0.0.6, by which sigstore-python reads bundles.
 * sigstore-js reads all of it, by Node's decoder.
 */
const SPELLINGS: readonly (readonly [
  what: string,
  text: string,
  accepted: { readonly ours: boolean; go: boolean; dsse: boolean; protojson: boolean; python: boolean },
])[] = [
  ['one line', 'AAECAwQ=', { ours: true, go: true, dsse: true, protojson: true, python: true }],
  ['LF', 'AAEC\nAwQ=', { ours: true, go: true, dsse: true, protojson: false, python: true }],
  ['LF at the end', 'AAECAwQ=\n', { ours: true, go: true, dsse: true, protojson: false, python: true }],
  ['four LF', 'AA\nEC\nAw\nQ=\n', { ours: true, go: true, dsse: true, protojson: true, python: true }],
  ['CR LF', 'AAEC\r\nAwQ=', { ours: true, go: true, dsse: true, protojson: false, python: true }],
  ['CR', 'AAEC\rAwQ=', { ours: true, go: true, dsse: true, protojson: false, python: true }],
  ['LF before the padding', 'AAECAwQ\n=', { ours: true, go: true, dsse: true, protojson: false, python: true }],
  ['LF without padding', 'AAEC\nAwQF', { ours: true, go: true, dsse: true, protojson: true, python: true }],
  ['nothing', '', { ours: true, go: true, dsse: true, protojson: true, python: true }],
  ['a space', 'AAEC AwQ=', { ours: false, go: false, dsse: false, protojson: false, python: true }],
  ['a tab', 'AAEC\tAwQ=', { ours: false, go: false, dsse: false, protojson: false, python: true }],
  ['a vertical tab', 'AAEC\vAwQ=', { ours: false, go: false, dsse: false, protojson: false, python: true }],
  ['a foreign character', 'AAEC!AwQ=', { ours: false, go: false, dsse: false, protojson: false, python: true }],
  ['no padding', 'AAECAwQ', { ours: false, go: false, dsse: false, protojson: true, python: false }],
  ['the digits of URLs', '--__', { ours: false, go: false, dsse: true, protojson: true, python: true }],
  ['stray bits', 'AAECAwR=', { ours: false, go: true, dsse: true, protojson: true, python: true }],
  ['digits after the padding', 'AAECAw==AAEC', { ours: false, go: false, dsse: false, protojson: false, python: true }],
];

describe('decodeBase64Lines', () => {
  it.each(SPELLINGS)('of evidence: %s', (_what, text, { ours, go, dsse }) => {
    const bytes = decodeBase64Lines(text);
    expect(bytes !== undefined).toBe(ours);
    // The writers of these texts accept what we accept, and no reader gets other bytes.
    if (bytes === undefined) return;
    expect([go, dsse]).toEqual([true, true]);
    expect(bytes).toEqual(new Uint8Array(Buffer.from(text, 'base64')));
  });

  it.each(SPELLINGS)('everywhere else only one line: %s', (_what, text, { ours }) => {
    expect(decodeBase64(text) !== undefined).toBe(ours && !/[\r\n]/.test(text));
  });

  it('reads broken lines as the same bytes, wherever they are broken', () => {
    const broken = fc.array(fc.constantFrom('\n', '\r', '\r\n', ''), { maxLength: 12 });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), broken, fc.nat(), (bytes, breaks, step) => {
        const text = encodeBase64(bytes);
        const lines = breaks.reduce((made, one, index) => {
          const at = ((index + 1) * (step % 97)) % (made.length + 1);
          return made.slice(0, at) + one + made.slice(at);
        }, text);
        expect(decodeBase64Lines(lines)).toEqual(bytes);
        expect(withoutLineBreaks(lines)).toBe(text);
      }),
    );
  });
});

describe('sameBytes', () => {
  it.each([0, 1, 32, 256, 257, 1000])('compares %i bytes, all of them', (length) => {
    const bytes = new Uint8Array(length).fill(7);
    expect(sameBytes(bytes, Uint8Array.from(bytes))).toBe(true);
    expect(sameBytes(bytes, new Uint8Array(length + 1).fill(7))).toBe(false);
    for (const at of length === 0 ? [] : [0, length - 1]) expect(sameBytes(bytes, bytes.with(at, 8))).toBe(false);
    if (length > 0) expect(sameBytes(bytes, bytes.subarray(1))).toBe(false);
  });
});

describe('encodeHex', () => {
  it('writes a part of a larger buffer alone', () => {
    expect(encodeHex(Uint8Array.of(1, 2, 3, 255).subarray(1))).toBe('0203ff');
    expect(decodeHex('0203ff')).toEqual(Uint8Array.of(2, 3, 255));
  });

  it('is what isHexOf says, and nothing else is', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ maxLength: 40 }), (bytes, others) => {
        expect(isHexOf(encodeHex(bytes), bytes)).toBe(true);
        expect(isHexOf(encodeHex(others), bytes)).toBe(sameBytes(bytes, others));
        if (/[a-f]/.test(encodeHex(bytes))) expect(isHexOf(encodeHex(bytes).toUpperCase(), bytes)).toBe(false);
      }),
    );
  });

  it.each(['0', 'AB', '0g', ' 00'])('has no second spelling: %j', (text) => {
    expect(decodeHex(text)).toBeUndefined();
  });
});
