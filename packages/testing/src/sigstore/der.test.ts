import { describe, expect, it } from 'vitest';
import {
  bitString,
  boolean,
  der,
  generalizedTime,
  integer,
  objectIdentifier,
  readMembers,
  setOf,
  utcTime,
} from './der.ts';

const AT = new Date('2026-03-04T05:06:07Z');

describe('der', () => {
  it.each([
    ['zero', integer(0), '020100'],
    ['an integer with its top bit set', integer(128), '02020080'],
    ['a large integer', integer(0x1_0000_0000n), '02050100000000'],
    ['an OID with a large arc', objectIdentifier('1.3.6.1.4.1.57264.1.1'), '060a2b0601040183bf300101'],
    ['true', boolean(true), '0101ff'],
    ['unused bits', bitString(Buffer.of(0x80), 7), '03020780'],
    ['a time', generalizedTime(AT), `180f${Buffer.from('20260304050607Z').toString('hex')}`],
    [
      'a time with a fraction',
      generalizedTime(new Date(AT.getTime() + 120)),
      `1812${Buffer.from('20260304050607.12Z').toString('hex')}`,
    ],
    ['a UTC time', utcTime(AT), `170d${Buffer.from('260304050607Z').toString('hex')}`],
    ['a sorted set', setOf(integer(2), integer(1)), '3106020101020102'],
  ])('writes %s', (_name, bytes, hex) => {
    expect(bytes.toString('hex')).toBe(hex);
  });

  it.each([0, 1, 127, 128, 255, 256, 65_535, 65_536])('reads back %i bytes', (length) => {
    const contents = Buffer.alloc(length, 7);
    const written = der(0x04, contents);
    expect(readMembers(written)).toEqual([{ tag: 0x04, bytes: written, contents }]);
  });

  it('throws a RangeError if the bytes end early', () => {
    expect(() => readMembers(Buffer.of(0x30))).toThrow(RangeError);
  });
});
