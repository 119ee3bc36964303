import 'reflect-metadata';
import { Name } from '@peculiar/x509';
import { describe, expect, it } from 'vitest';
import { formatDistinguishedName } from './distinguished-name.ts';

const der = (tag: number, ...contents: readonly Uint8Array[]): Uint8Array => {
  const body = Buffer.concat(contents);
  return Buffer.concat([Buffer.of(tag, ...(body.length < 128 ? [] : [0x81]), body.length), body]);
};
const CN = Buffer.from('0603550403', 'hex');
const named = (value: Uint8Array, oid: Uint8Array = CN): Uint8Array => der(0x30, der(0x31, der(0x30, oid, value)));
const utf8 = (text: string): Uint8Array => der(0x0c, Buffer.from(text));

describe('formatDistinguishedName', () => {
  it.each([
    ['no names', der(0x30), ''],
    ['text', named(utf8('sigstore')), 'CN=sigstore'],
    ['every special character', named(utf8('a"b+c,d;e<f>g\\h=i')), String.raw`CN=a\"b\+c\,d\;e\<f\>g\\h=i`],
    ['a leading space and a trailing one', named(utf8(' a ')), String.raw`CN=\ a\ `],
    ['a single space', named(utf8(' ')), String.raw`CN=\ `],
    ['a leading number sign', named(utf8('#30')), String.raw`CN=\#30`],
    ['characters that move a terminal', named(utf8('a\u001b[2J\u202eb\u0000')), String.raw`CN=a\1b[2J\e2\80\aeb\00`],
    ['letters outside ASCII', named(utf8('Müller')), 'CN=Müller'],
    ['a PrintableString', named(der(0x13, Buffer.from('Acme'))), 'CN=Acme'],
    ['a BMPString', named(der(0x1e, Buffer.from('0041004d', 'hex'))), 'CN=AM'],
    ['a BMPString of an odd length', named(der(0x1e, Buffer.of(0, 65, 0))), 'CN=#1e03004100'],
    ['UTF-8 that is broken', named(der(0x0c, Buffer.of(0xff))), 'CN=#0c01ff'],
    ['an IA5String outside ASCII', named(der(0x16, Buffer.of(0xe4))), 'CN=#1601e4'],
    ['a TeletexString, which readers read differently', named(der(0x14, Buffer.from('a'))), 'CN=#140161'],
    ['a type without a short name', named(utf8('x'), Buffer.from('06032a0304', 'hex')), '1.2.3.4=x'],
  ])('shows %s', (_what, name, text) => {
    expect(formatDistinguishedName(name)).toBe(text);
  });

  it('shows several relative names in the order of the certificate, and several attributes of one', () => {
    const country = der(0x30, Buffer.from('0603550406', 'hex'), der(0x13, Buffer.from('DE')));
    const common = der(0x30, CN, utf8('a'));
    expect(formatDistinguishedName(der(0x30, der(0x31, country), der(0x31, common)))).toBe('C=DE, CN=a');
    expect(formatDistinguishedName(der(0x30, der(0x31, common, country)))).toBe('CN=a+C=DE');
  });

  it.each([
    'CN=sigstore-intermediate, O=sigstore.dev',
    'C=US, ST=CA, L=SF, O=Acme, OU=Dev, DC=acme, E=a@acme.dev',
    'CN=GitHub Fulcio Intermediate l2+O=GitHub\\, Inc.',
  ])('agrees with @peculiar/x509 on %s', (text) => {
    const name = new Name(text);
    expect(formatDistinguishedName(new Uint8Array(name.toArrayBuffer()))).toBe(name.toString());
  });

  it.each([
    ['another structure', der(0x31)],
    ['an empty relative name', der(0x30, der(0x31))],
    ['an attribute without a value', der(0x30, der(0x31, der(0x30, CN)))],
    ['an attribute with two values', der(0x30, der(0x31, der(0x30, CN, utf8('a'), utf8('b'))))],
    ['a type that is not an object identifier', named(utf8('a'), utf8('CN'))],
    ['bytes after the end', Buffer.concat([der(0x30), Buffer.of(0)])],
    [
      '65 relative names',
      der(
        0x30,
        ...Array.from({ length: 9 }, () => der(0x31, der(0x30, CN, utf8('a')))),
        ...Array.from({ length: 56 }, () => der(0x31)),
      ),
    ],
  ])('refuses %s', (_what, name) => {
    expect(() => formatDistinguishedName(name)).toThrow(expect.objectContaining({ code: 'invalid-der' }));
  });
});
