import { describe, expect, it } from 'vitest';
import { decodeBase64At, formatMemberPath, readTimeRange } from './document-parts.ts';

const fault = (path: string, why: string): Error => new Error(`${path}: ${why}`);

describe('decodeBase64At', () => {
  it('reads canonical base64', () => {
    expect(decodeBase64At('AAE=', 'logId.keyId', fault)).toEqual(Uint8Array.of(0, 1));
  });

  it.each(['AAF=', 'AAE', 'AA E=', '-_8='])('names the place of %s', (text) => {
    expect(() => decodeBase64At(text, 'logId.keyId', fault)).toThrow('logId.keyId: not canonical base64');
  });
});

describe('readTimeRange', () => {
  const start = '2026-01-01T00:00:00Z';

  it.each([
    [{ start }, { start: new Date(start) }],
    [{ start, end: null }, { start: new Date(start) }],
    [
      { start, end: start },
      { start: new Date(start), end: new Date(start) },
    ],
  ])('reads %j', (range, expected) => {
    expect(readTimeRange(range, 'validFor', fault)).toEqual(expected);
  });

  it.each([
    [{ start: 'yesterday' }, 'validFor.start: not a time'],
    [{ start, end: 'tomorrow' }, 'validFor.end: not a time'],
    [{ start, end: '2025-12-31T23:59:59Z' }, 'validFor: ends before it starts'],
  ])('refuses %j', (range, message) => {
    expect(() => readTimeRange(range, 'validFor', fault)).toThrow(message);
  });
});

it.each([
  [[], ''],
  [['tlogs', 0, 'publicKey'], 'tlogs[0].publicKey'],
  [[0, 'a'], '[0].a'],
])('writes the place %j as %s', (path, expected) => {
  expect(formatMemberPath(path)).toBe(expected);
});
