import { describe, expect, it } from 'vitest';

import { decodeSignedCertificateTimestamps } from './signed-certificate-timestamps.ts';

const vector = (...parts: readonly Uint8Array[]): Uint8Array => {
  const body = Buffer.concat(parts);
  return Uint8Array.of(body.length >> 8, body.length & 0xff, ...body);
};
const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));
interface Parts {
  readonly version?: string;
  readonly time?: string;
  readonly extensions?: Uint8Array;
  readonly rest?: string;
}
const timestamp = ({
  version = '00',
  time = '0000018bcfe56800',
  extensions = new Uint8Array(),
  rest = '',
}: Parts = {}): Uint8Array =>
  vector(
    bytes(`${version}${'ab'.repeat(32)}${time}`),
    vector(extensions),
    bytes('0403'),
    vector(bytes('beef')),
    bytes(rest),
  );
/** The extension's contents: an OCTET STRING around the list. */
const octets = (list: Uint8Array, tag = 0x04): Uint8Array =>
  Uint8Array.of(tag, ...(list.length < 0x80 ? [list.length] : [0x81, list.length]), ...list);
const longOctets = (list: Uint8Array): Uint8Array =>
  Uint8Array.of(0x04, 0x82, list.length >> 8, list.length & 0xff, ...list);

const read = {
  logId: 'ab'.repeat(32),
  timestamp: '2023-11-14T22:13:20.000Z',
  hashAlgorithm: 4,
  signatureAlgorithm: 3,
  signature: 'vu8=',
};

describe('decodeSignedCertificateTimestamps', () => {
  it('reads none, one and several, with their extensions', () => {
    expect(decodeSignedCertificateTimestamps(octets(vector()))).toEqual([]);
    expect(decodeSignedCertificateTimestamps(octets(vector(timestamp())))).toEqual([read]);
    const indexed = timestamp({ extensions: bytes('0000050000000007') });
    expect(decodeSignedCertificateTimestamps(octets(vector(timestamp(), indexed)))).toEqual([
      read,
      { ...read, extensions: 'AAAFAAAAAAc=' },
    ]);
  });

  it.each([
    ['a version it does not know, as verification does', octets(vector(timestamp({ version: '01' }), timestamp()))],
    ['more than 32 timestamps', longOctets(vector(...Array.from({ length: 33 }, () => timestamp())))],
    ['another string type', octets(vector(timestamp()), 0x0c)],
    ['bytes after the OCTET STRING', Uint8Array.of(...octets(vector(timestamp())), 0)],
    ['bytes after the list', octets(Uint8Array.of(...vector(timestamp()), 0))],
    ['bytes after the signature', octets(vector(timestamp({ rest: '00' })))],
    ['a list that is cut off', octets(vector(timestamp()).subarray(0, -1))],
    ['a timestamp that is cut off', octets(vector(timestamp().subarray(0, -1)))],
    ['an empty timestamp', octets(vector(vector()))],
    ['a time no calendar has', octets(vector(timestamp({ time: 'ffffffffffffffff' })))],
  ])('refuses %s', (_what, value) => {
    expect(() => decodeSignedCertificateTimestamps(value)).toThrow(
      expect.objectContaining({ name: 'ClaimsError', code: 'invalid-der' }),
    );
  });
});
