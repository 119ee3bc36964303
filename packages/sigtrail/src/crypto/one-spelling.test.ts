import { createSigstore, type FakeSigstore, generateKeyPair, type KeyKind } from '@sigtrail/testing';
import { decodeClaims, decodeSubjectAlternativeNames } from '@sigtrail/fulcio-claims';
import { readSctList } from '@sigtrail/fulcio-claims/certificate';
import { beforeAll, describe, expect, it } from 'vitest';
import { respell } from '../../test/spelling/respell.ts';
import { parseTimestampToken } from '../establish/timestamp-token.ts';
import { parseTrustedRoot } from '../trust/parse-trusted-root.ts';
import { parseCertificate } from './certificate.ts';

const now = new Date('2026-03-01T12:00:00Z');
let sigstore: FakeSigstore;

beforeAll(async () => {
  sigstore = await createSigstore({ now });
});

/** Reads all of a certificate that verification reads. */
function readWhole(der: Uint8Array): void {
  const { extensions } = parseCertificate(der);
  decodeClaims(extensions);
  for (const { oid, value } of extensions) {
    if (oid === '2.5.29.17') decodeSubjectAlternativeNames(value);
    if (oid === '1.3.6.1.4.1.11129.2.4.2') readSctList(value);
  }
}

/** Every respelling that is read without a complaint. */
function readIn(der: Uint8Array, read: (der: Uint8Array) => unknown): readonly string[] {
  expect(() => read(der)).not.toThrow();
  const others = respell(der);
  expect(others.length).toBeGreaterThan(50);
  return others.filter(({ bytes }) => !isRefused(() => read(bytes))).map(({ what }) => what);
}

function isRefused(read: () => unknown): boolean {
  try {
    read();
    return false;
  } catch (error) {
    expect(error).toMatchObject({ code: expect.any(String) });
    return true;
  }
}

describe('a certificate', () => {
  it.each<KeyKind>(['p256', 'p384', 'p521', 'rsa2048', 'ed25519'])(
    'has one spelling, in every place, with a key %s',
    async (kind) => {
      const { der } = await sigstore.issueCertificate({ key: generateKeyPair(kind) });
      expect(readIn(der, readWhole)).toEqual([]);
    },
  );
  it('has one spelling as an authority of a trusted root, which nothing verifies', () => {
    const root = sigstore.trustedRoot();
    const authorities = [...root.certificateAuthorities, ...root.timestampAuthorities];
    for (const { certChain } of authorities)
      for (const { rawBytes } of certChain.certificates)
        expect(readIn(Buffer.from(rawBytes, 'base64'), readWhole)).toEqual([]);
  });
});

describe('a log key of a trusted root', () => {
  it('has one spelling', () => {
    const root = sigstore.trustedRoot();
    const [log] = root.tlogs;
    if (log === undefined) throw new TypeError('no log');
    const parse = (der: Uint8Array): unknown => {
      const rawBytes = Buffer.from(der).toString('base64');
      return parseTrustedRoot({ ...root, tlogs: [{ ...log, publicKey: { ...log.publicKey, rawBytes } }] });
    };
    const der = Buffer.from(log.publicKey.rawBytes, 'base64');
    expect(() => parse(der)).not.toThrow();
    const read = respell(der).filter(({ bytes }) => !isRefused(() => parse(bytes)));
    expect(read.map(({ what }) => what)).toEqual([]);
    expect(isRefused(() => parse(Buffer.concat([der, Buffer.of(0)])))).toBe(true);
  });
});

describe('a timestamp token', () => {
  it.each([false, true])('has one spelling, in every place; with its certificate: %s', (embedCertificate) => {
    const token = sigstore.timestamp(Buffer.from('a signature'), { embedCertificate });
    expect(readIn(token, parseTimestampToken)).toEqual([]);
  });
});
