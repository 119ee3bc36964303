import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { OTHER_NAME_OID } from './claim-names.ts';
import { isClaimsError } from './error.ts';
import { decodeSubjectAlternativeNames } from './subject-alternative-names.ts';

const element = (tag: number, ...contents: readonly (Uint8Array | readonly number[])[]): Uint8Array => {
  const body = Buffer.concat(contents.map((part) => Uint8Array.from(part)));
  return Uint8Array.of(
    tag,
    ...(body.length < 0x80 ? [body.length] : [0x82, body.length >> 8, body.length & 0xff]),
    ...body,
  );
};
const text = (tag: number, value: string): Uint8Array => element(tag, Buffer.from(value));
const names = (...list: readonly Uint8Array[]): Uint8Array => element(0x30, ...list);
const FULCIO_OID = element(0x06, Buffer.from('2b0601040183bf300107', 'hex'));
const UPN_OID = element(0x06, Buffer.from('2b060104018237140203', 'hex'));
const otherName = (oid: Uint8Array, ...rest: readonly Uint8Array[]): Uint8Array => element(0xa0, oid, ...rest);
const userName = (value: string): Uint8Array => otherName(FULCIO_OID, element(0xa0, text(0x0c, value)));
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const directoryName = element(0xa4, [0x30, 0x00]);

describe('decodeSubjectAlternativeNames', () => {
  it.each<[string, Uint8Array, object]>([
    ['an e-mail address', text(0x81, 'dev@acme.example'), { kind: 'email', value: 'dev@acme.example' }],
    ['a host', text(0x82, 'acme.example'), { kind: 'dns', value: 'acme.example' }],
    ['an address of IPv4', element(0x87, [192, 0, 2, 7]), { kind: 'ip', value: '192.0.2.7' }],
    [
      'an address of IPv6',
      element(0x87, Buffer.from('20010db8000000000000000000000001', 'hex')),
      { kind: 'ip', value: '2001:db8::1' },
    ],
    ['a user name', userName('dev!acmé'), { kind: 'other-name', value: 'dev!acmé', oid: OTHER_NAME_OID }],
    ['a directory name', directoryName, { kind: 'unsupported', value: base64(directoryName) }],
    ['a registered id', element(0x88, [0x2a]), { kind: 'unsupported', value: base64(element(0x88, [0x2a])) }],
    [
      'a foreign OtherName',
      otherName(UPN_OID, element(0xa0, text(0x0c, 'dev'))),
      {
        kind: 'unsupported',
        value: base64(otherName(UPN_OID, element(0xa0, text(0x0c, 'dev')))),
        oid: '1.3.6.1.4.1.311.20.2.3',
      },
    ],
  ])('reads %s', (_what, name, expected) => {
    expect(decodeSubjectAlternativeNames(names(name))).toEqual([expected]);
  });

  it.each(['https://GitHub.com:443/Acme/../app/%7Euser?b=2&a=1#x', 'HTTPS://acme.example', 'spiffe://acme/a b'])(
    'keeps %s as it is spelled',
    (uri) => {
      expect(decodeSubjectAlternativeNames(names(text(0x86, uri)))).toEqual([{ kind: 'uri', value: uri }]);
    },
  );

  it('reads several names in their order', () => {
    expect(decodeSubjectAlternativeNames(names(text(0x86, 'b:b'), text(0x81, 'a@a'), text(0x86, 'a:a')))).toEqual([
      { kind: 'uri', value: 'b:b' },
      { kind: 'email', value: 'a@a' },
      { kind: 'uri', value: 'a:a' },
    ]);
  });

  it('reads back any printable URI', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 300 }), (uri) => {
        expect(decodeSubjectAlternativeNames(names(text(0x86, uri)))).toEqual([{ kind: 'uri', value: uri }]);
      }),
    );
  });

  it.each<[string, Uint8Array]>([
    ['an empty list', names()],
    ['an empty URI', names(text(0x86, ''))],
    ['a URI that is not ASCII', names(text(0x86, 'https://аcme.example'))],
    ['a NUL in a name', names(text(0x82, 'acme.example\0.evil.example'))],
    ['a line end in a name', names(text(0x81, 'dev@acme.example\n'))],
    ['an IP address of 5 bytes', names(element(0x87, [1, 2, 3, 4, 5]))],
    ['a network of 8 bytes for an address', names(element(0x87, [10, 0, 0, 0, 255, 0, 0, 0]))],
    ['a form that RFC 5280 does not know', names(text(0x89, 'x'))],
    ['a constructed URI', names(text(0xa6, 'https://acme.example'))],
    ['two user names', names(userName('a'), userName('b'))],
    ['an empty user name', names(userName(''))],
    ['a user name with a control character', names(userName('a\u0085b'))],
    ['a user name that is not UTF-8', names(otherName(FULCIO_OID, element(0xa0, element(0x0c, [0xff]))))],
    ['a user name of another string type', names(otherName(FULCIO_OID, element(0xa0, text(0x16, 'dev'))))],
    ['a user name that is not wrapped', names(otherName(FULCIO_OID, text(0x0c, 'dev')))],
    ['an OtherName without a value', names(otherName(FULCIO_OID))],
    [
      'an OtherName with two values',
      names(otherName(FULCIO_OID, element(0xa0, text(0x0c, 'a')), element(0xa0, text(0x0c, 'b')))),
    ],
  ])('refuses %s', (_what, value) => {
    expect(() => decodeSubjectAlternativeNames(value)).toThrow(
      expect.objectContaining({ name: 'ClaimsError', code: 'invalid-subject-alternative-name' }),
    );
  });

  it.each<[string, Uint8Array]>([
    ['nothing', new Uint8Array()],
    ['a SET', element(0x31, text(0x86, 'a:a'))],
    ['a bare name', text(0x86, 'a:a')],
    ['bytes after the list', Uint8Array.of(...names(text(0x86, 'a:a')), 0)],
    ['a name that is cut off', element(0x30, [0x86, 5, 0x61])],
    [
      'two elements in the wrapping of a user name',
      names(otherName(FULCIO_OID, element(0xa0, text(0x0c, 'a'), text(0x0c, 'b')))),
    ],
  ])('refuses %s as DER', (_what, value) => {
    expect(() => decodeSubjectAlternativeNames(value)).toThrow(expect.objectContaining({ code: 'invalid-der' }));
  });

  it('throws nothing but ClaimsError, whatever the bytes', () => {
    const tags = fc.constantFrom(0x81, 0x82, 0x86, 0x87, 0x88, 0xa0, 0xa4, 0x30);
    fc.assert(
      fc.property(fc.array(fc.tuple(tags, fc.uint8Array({ maxLength: 20 }))), (list) => {
        try {
          decodeSubjectAlternativeNames(names(...list.map(([tag, contents]) => element(tag, contents))));
        } catch (error) {
          expect(isClaimsError(error)).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });
});
