import { describe, expect, it } from 'vitest';
import { decodeExtendedKeyUsages, decodeIsAuthority } from './constraints.ts';
import { readExtensions } from './read-extensions.ts';
import { decodeValidity } from './validity.ts';

const element = (tag: number, ...parts: readonly Uint8Array[]): Uint8Array => {
  const body = Buffer.concat(parts);
  return Uint8Array.of(tag, body.length, ...body);
};
const time = (tag: number, text: string): Uint8Array => element(tag, Buffer.from(text));
const certificate = (...times: readonly Uint8Array[]): Uint8Array => {
  const nothing = element(0x30);
  return element(
    0x30,
    element(
      0x30,
      element(0xa0, element(0x02, Uint8Array.of(2))),
      element(0x02, Uint8Array.of(1)),
      nothing,
      nothing,
      element(0x30, ...times),
    ),
  );
};
const END = time(0x17, '491231235959Z');

describe('decodeValidity', () => {
  it.each([
    [0x17, '260102030405Z', '2026-01-02T03:04:05.000Z'],
    [0x17, '000229000000Z', '2000-02-29T00:00:00.000Z'],
    [0x17, '500101000000Z', '1950-01-01T00:00:00.000Z'],
    [0x18, '20500101000000Z', '2050-01-01T00:00:00.000Z'],
    [0x18, '99991231235959Z', '9999-12-31T23:59:59.000Z'],
  ])('reads %i %s', (tag, text, expected) => {
    expect(decodeValidity(certificate(time(tag, text), END)).notBefore.toISOString()).toBe(expected);
  });

  // Found beside other readers: each of these was a time to one of them, another time to the next, and NaN to the third.
  it.each([
    ['no seconds', 0x17, '2601020304Z'],
    ['an offset', 0x17, '260102030405+0000'],
    ['a local time', 0x17, '260102030405'],
    ['a day that rolls over', 0x17, '260230000000Z'],
    ['a month 13', 0x17, '261301000000Z'],
    ['a day 0', 0x17, '260100030405Z'],
    ['an hour 83', 0x17, '260102830405Z'],
    ['a leap second', 0x17, '260102030460Z'],
    ['a letter for a digit', 0x17, '26010203O405Z'],
    ['a fraction', 0x18, '20500101000000.5Z'],
    ['GeneralizedTime before 2050', 0x18, '20260101000000Z'],
    ['a year of two digits in GeneralizedTime', 0x18, '500101000000Z'],
    ['another type', 0x0c, '260102030405Z'],
  ])('refuses %s', (_what, tag, text) => {
    expect(() => decodeValidity(certificate(time(tag, text), END))).toThrow(
      expect.objectContaining({ code: 'invalid-certificate' }),
    );
  });

  it('refuses one time, and three', () => {
    expect(() => decodeValidity(certificate(END))).toThrow(expect.objectContaining({ code: 'invalid-certificate' }));
    expect(() => decodeValidity(certificate(END, END, END))).toThrow(
      expect.objectContaining({ code: 'invalid-certificate' }),
    );
  });
});

describe('constraints', () => {
  const hex = (text: string): Uint8Array => Buffer.from(text, 'hex');
  it('are read in their one spelling', () => {
    expect(decodeExtendedKeyUsages(hex('300a06082b06010505070303'))).toEqual(['1.3.6.1.5.5.7.3.3']);
    expect([
      decodeIsAuthority(hex('30030101ff')),
      decodeIsAuthority(hex('30060101ff020100')),
      decodeIsAuthority(hex('3000')),
    ]).toEqual([true, true, false]);
  });
  it.each(['b00a06082b06010505070303', '3000', '300a0c082b06010505070303', '300a06082b0601050507030300'])(
    'refuse as purposes %s',
    (text) => {
      expect(() => decodeExtendedKeyUsages(hex(text))).toThrow(expect.objectContaining({ code: 'invalid-der' }));
    },
  );
  it.each(['3003010100', '3003010101', '31030101ff', '30060101ff0c0100', '30090101ff020100020100'])(
    'refuse as an authority %s',
    (text) => {
      expect(() => decodeIsAuthority(hex(text))).toThrow(expect.objectContaining({ code: 'invalid-der' }));
    },
  );
});

describe('readExtensions', () => {
  const oid = element(0x06, Buffer.from('551d25', 'hex'));
  const octets = (text: string): Uint8Array => element(0x04, Buffer.from(text));
  const withExtensions = (...extensions: readonly Uint8Array[]): Uint8Array =>
    element(0x30, element(0x30, element(0x02, Uint8Array.of(1)), element(0xa3, element(0x30, ...extensions))));
  const critical = (byte: number): Uint8Array => element(0x01, Uint8Array.of(byte));

  it('reads object identifier, criticality and octets', () => {
    expect(
      readExtensions(withExtensions(element(0x30, oid, octets('a')), element(0x30, oid, critical(0xff), octets('b')))),
    ).toEqual([
      { oid: '2.5.29.37', isCritical: false, value: new Uint8Array(Buffer.from('a')) },
      { oid: '2.5.29.37', isCritical: true, value: new Uint8Array(Buffer.from('b')) },
    ]);
    expect(readExtensions(element(0x30, element(0x30)))).toEqual([]);
  });

  // Readers disagree on which of the octets counts.
  it.each([
    ['two values', element(0x30, oid, octets('a'), octets('b'))],
    ['a fourth part', element(0x30, oid, critical(0xff), octets('a'), octets('b'))],
    ['FALSE written out', element(0x30, oid, critical(0), octets('a'))],
    ['TRUE as 1', element(0x30, oid, critical(1), octets('a'))],
    ['no value', element(0x30, oid)],
    ['a value that is no octets', element(0x30, oid, element(0x0c))],
    ['a SET', element(0x31, oid, octets('a'))],
  ])('refuses %s', (_what, extension) => {
    expect(() => readExtensions(withExtensions(extension))).toThrow(
      expect.objectContaining({ code: 'invalid-certificate' }),
    );
  });
});
