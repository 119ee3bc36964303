import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { isRekorError } from '../error.ts';
import { readTrustedLogs } from './listed-log.ts';

const keyOf = (type: 'p256' | 'ed25519' | 'rsa1024'): string => {
  const { publicKey } =
    type === 'ed25519'
      ? generateKeyPairSync('ed25519')
      : type === 'p256'
        ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
        : generateKeyPairSync('rsa', { modulusLength: 1024 });
  return publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
};

const p256 = keyOf('p256');
const log = {
  baseUrl: 'https://log.test',
  hashAlgorithm: 'SHA2_256',
  publicKey: {
    rawBytes: p256,
    keyDetails: 'PKIX_ECDSA_P256_SHA_256',
    validFor: { start: '2026-01-01T00:00:00Z', end: '2026-06-01T00:00:00Z' },
  },
  logId: { keyId: 'AQI=' },
  checkpointKeyId: { keyId: 'AwQ=' },
  operator: 'acme.test',
};
const root = {
  mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.2',
  tlogs: [log],
  ctlogs: [{ ...log, baseUrl: 'https://ct.test', operator: '', checkpointKeyId: null }],
};

/** The root with something else in its first log, or in the key of it. */
const withLog = (change: object): object => ({ ...root, tlogs: [{ ...log, ...change }] });
const withKey = (change: object): object => withLog({ publicKey: { ...log.publicKey, ...change } });

function refusalOf(document: object | string): readonly unknown[] {
  try {
    readTrustedLogs(document as Readonly<Record<string, unknown>>);
  } catch (error) {
    if (isRekorError(error)) return [error.code, error.path];
    throw error;
  }
  return ['none'];
}

describe('readTrustedLogs', () => {
  it('reads both kinds of logs, alike from text, bytes and a parsed document', () => {
    const text = JSON.stringify(root);
    const read = readTrustedLogs(text);
    expect(read.transparencyLogs).toMatchObject([
      {
        baseUrl: 'https://log.test',
        logId: Uint8Array.of(1, 2),
        checkpointKeyId: Uint8Array.of(3, 4),
        operator: 'acme.test',
        keyDetails: 'PKIX_ECDSA_P256_SHA_256',
        validFor: { start: new Date('2026-01-01T00:00:00Z'), end: new Date('2026-06-01T00:00:00Z') },
      },
    ]);
    const [ct] = read.certificateTransparencyLogs;
    expect([ct?.baseUrl, ct?.operator, ct?.checkpointKeyId]).toEqual(['https://ct.test', undefined, undefined]);
    for (const other of [Buffer.from(text), root]) {
      const again = readTrustedLogs(other);
      expect(again.transparencyLogs[0]?.publicKey.equals(read.transparencyLogs[0]!.publicKey)).toBe(true);
      expect(again.certificateTransparencyLogs).toHaveLength(1);
    }
  });

  it.each<readonly [string, object | string, string, string | undefined]>([
    [
      'a media type that is not known',
      { ...root, mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=9' },
      'invalid-key',
      'mediaType',
    ],
    ['no media type', { tlogs: [log] }, 'invalid-key', 'mediaType'],
    ['a document that is a list', [], 'invalid-key', ''],
    ['a key of the JSON twice', '{"mediaType":"a","mediaType":"b"}', 'invalid-json', 'mediaType'],
    ['more than 4 MiB', `{"mediaType":"${'a'.repeat(4 * 1024 * 1024)}"}`, 'too-large', undefined],
    ['a key without start', withKey({ validFor: {} }), 'invalid-key', 'tlogs[0].publicKey.validFor.start'],
    [
      'a window that ends before it starts',
      withKey({ validFor: { start: '2026-01-02T00:00:00Z', end: '2026-01-01T00:00:00Z' } }),
      'invalid-key',
      'tlogs[0].publicKey.validFor',
    ],
    [
      'a type of key that is not known',
      withKey({ keyDetails: 'toString' }),
      'invalid-key',
      'tlogs[0].publicKey.keyDetails',
    ],
    [
      'a key of another type than the root says',
      withKey({ rawBytes: keyOf('ed25519') }),
      'invalid-key',
      'tlogs[0].publicKey.keyDetails',
    ],
    [
      'an RSA key that is too short',
      withKey({ rawBytes: keyOf('rsa1024'), keyDetails: 'PKIX_RSA_PKCS1V5' }),
      'invalid-key',
      'tlogs[0].publicKey.rawBytes',
    ],
    [
      'a key with bytes after it',
      withKey({ rawBytes: Buffer.concat([Buffer.from(p256, 'base64'), Buffer.of(0)]).toString('base64') }),
      'invalid-key',
      'tlogs[0].publicKey.rawBytes',
    ],
    ['a key that is not base64', withKey({ rawBytes: `${p256} ` }), 'invalid-key', 'tlogs[0].publicKey.rawBytes'],
    ['a log without any id', withLog({ logId: null, checkpointKeyId: null }), 'invalid-key', 'tlogs[0].logId'],
    ['an id that is not base64', withLog({ logId: { keyId: 'A' } }), 'invalid-key', 'tlogs[0].logId.keyId'],
    ['another hash', withLog({ hashAlgorithm: 'SHA2_512' }), 'invalid-key', 'tlogs[0].hashAlgorithm'],
    [
      'a fault in a log of certificates',
      { ...root, ctlogs: [{ ...log, logId: null, checkpointKeyId: null }] },
      'invalid-key',
      'ctlogs[0].logId',
    ],
  ])('refuses %s, and says where', (_what, document, code, path) => {
    expect(refusalOf(document)).toEqual([code, path]);
  });
});
