import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { encodeBase64, encodeHex } from '@sigtrail/encoding';
import { parseEntryBody } from './entry-body.ts';
import type { LogEntryBody } from './entry-body.ts';
import { isRekorError } from '../error.ts';

const DER = Uint8Array.of(0x30, 0x03, 0x02, 0x01, 0x07);
const SIGNATURE = Uint8Array.of(9, 8, 7);
const DIGEST = new Uint8Array(32).fill(3);
const pem = (label: string, der: Uint8Array = DER): string =>
  `-----BEGIN ${label}-----\n${encodeBase64(der)}\n-----END ${label}-----\n`;
const base64 = (text: string): string => encodeBase64(Buffer.from(text));
const hash = { algorithm: 'sha256', value: encodeHex(DIGEST) };
const hashV2 = { algorithm: 'SHA2_256', digest: encodeBase64(DIGEST) };
const certificate = { kind: 'certificate', der: DER };
const publicKey = { kind: 'public-key', der: DER };
const digest = { algorithm: 'sha256', digest: DIGEST };
const signatureV2 = (verifier: object): object => ({
  content: encodeBase64(SIGNATURE),
  verifier: { keyDetails: 'PKIX_ECDSA_P256_SHA_256', ...verifier },
});
const CERTIFICATE_V2 = { x509Certificate: { rawBytes: encodeBase64(DER) } };

const SPECS = {
  'hashedrekord/0.0.1': {
    data: { hash },
    signature: { content: encodeBase64(SIGNATURE), publicKey: { content: base64(pem('CERTIFICATE')) } },
  },
  'rekord/0.0.1': {
    data: { hash },
    signature: { content: encodeBase64(SIGNATURE), format: 'x509', publicKey: { content: base64(pem('PUBLIC KEY')) } },
  },
  'intoto/0.0.1': { content: { hash, payloadHash: hash }, publicKey: base64(pem('CERTIFICATE')) },
  'intoto/0.0.2': {
    content: {
      envelope: {
        payloadType: 'application/vnd.in-toto+json',
        signatures: [{ sig: base64(encodeBase64(SIGNATURE)), publicKey: base64(pem('CERTIFICATE')) }],
      },
      hash,
      payloadHash: hash,
    },
  },
  'dsse/0.0.1': {
    envelopeHash: hash,
    payloadHash: hash,
    signatures: [{ signature: encodeBase64(SIGNATURE), verifier: base64(pem('CERTIFICATE')) }],
  },
  'hashedrekord/0.0.2': { hashedRekordV002: { data: hashV2, signature: signatureV2(CERTIFICATE_V2) } },
  'dsse/0.0.2': {
    dsseV002: { payloadHash: hashV2, signatures: [signatureV2({ publicKey: { rawBytes: encodeBase64(DER) } })] },
  },
} as const;
type Name = keyof typeof SPECS;

function bodyOf(name: string, spec: unknown): Uint8Array {
  const [kind, apiVersion] = name.split('/');
  return Buffer.from(JSON.stringify({ apiVersion, kind, spec }));
}

/** The spec with the value at a path replaced, or removed for `undefined`. */
function changed(name: Name, path: string, value: unknown): Uint8Array {
  const spec = structuredClone(SPECS[name]) as Record<string, unknown>;
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  const parent = keys.reduce<Record<string, unknown>>((at, key) => at[key] as Record<string, unknown>, spec);
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return bodyOf(name, spec);
}

const signed = [{ signature: SIGNATURE, verifier: certificate }];
const keyDetails = 'PKIX_ECDSA_P256_SHA_256';

describe('parseEntryBody', () => {
  it.each<[Name, Partial<LogEntryBody> | object]>([
    ['hashedrekord/0.0.1', { artifactHash: digest, signatures: signed }],
    ['rekord/0.0.1', { artifactHash: digest, signatures: [{ signature: SIGNATURE, verifier: publicKey }] }],
    ['intoto/0.0.1', { envelopeHash: digest, payloadHash: digest, signatures: [{ verifier: certificate }] }],
    ['intoto/0.0.2', { envelopeHash: digest, payloadHash: digest, signatures: signed }],
    ['dsse/0.0.1', { envelopeHash: digest, payloadHash: digest, signatures: signed }],
    [
      'hashedrekord/0.0.2',
      { artifactHash: digest, signatures: [{ signature: SIGNATURE, verifier: { ...certificate, keyDetails } }] },
    ],
    [
      'dsse/0.0.2',
      { payloadHash: digest, signatures: [{ signature: SIGNATURE, verifier: { ...publicKey, keyDetails } }] },
    ],
  ])('reads %s', (name, expected) => {
    const [kind, apiVersion] = name.split('/');
    expect(parseEntryBody(bodyOf(name, SPECS[name]))).toEqual({ kind, apiVersion, ...expected });
  });

  it('reads an intoto 0.0.1 entry without a payload hash', () => {
    expect(parseEntryBody(changed('intoto/0.0.1', 'content.payloadHash', undefined))).not.toHaveProperty('payloadHash');
  });

  it.each([
    ['sha384', 48],
    ['sha512', 64],
  ])('reads %s digests', (algorithm, length) => {
    const value = 'ab'.repeat(length);
    expect(parseEntryBody(changed('hashedrekord/0.0.1', 'data.hash', { algorithm, value }))).toMatchObject({
      artifactHash: { algorithm },
    });
    const v2 = { algorithm: algorithm.replace('sha', 'SHA2_'), digest: Buffer.from(value, 'hex').toString('base64') };
    expect(parseEntryBody(changed('hashedrekord/0.0.2', 'hashedRekordV002.data', v2))).toMatchObject({
      artifactHash: { algorithm },
    });
  });

  it('takes the first certificate of a chain as the signer', () => {
    const other = Uint8Array.of(0x30, 0x00);
    const chain = base64(pem('CERTIFICATE') + pem('CERTIFICATE', other));
    expect(parseEntryBody(changed('dsse/0.0.1', 'signatures.0.verifier', chain))).toMatchObject({ signatures: signed });
  });

  it.each(['jar/0.0.1', 'dsse/0.0.3', 'hashedrekord/1.0.0', 'constructor/0.0.1'])(
    'names %s as unknown instead of throwing',
    (name) => {
      const [kind, apiVersion] = name.split('/');
      expect(parseEntryBody(bodyOf(name, { anything: true }))).toEqual({ kind: 'unknown', name: kind, apiVersion });
    },
  );

  it('names a rekord entry with a PGP key as unknown', () => {
    expect(parseEntryBody(changed('rekord/0.0.1', 'signature.format', 'pgp'))).toEqual({
      kind: 'unknown',
      name: 'rekord',
      apiVersion: '0.0.1',
    });
  });

  it.each<[Name, string, unknown, string?]>([
    ['hashedrekord/0.0.1', 'data', undefined],
    ['hashedrekord/0.0.1', 'data.hash', 'sha256:00'],
    ['hashedrekord/0.0.1', 'data.hash.algorithm', 'sha1'],
    ['hashedrekord/0.0.1', 'data.hash.algorithm', 256],
    ['hashedrekord/0.0.1', 'data.hash.value', encodeHex(DIGEST).slice(2)],
    ['hashedrekord/0.0.1', 'data.hash.value', 'AB'.repeat(32)],
    ['hashedrekord/0.0.1', 'signature', null],
    ['hashedrekord/0.0.1', 'signature', []],
    ['hashedrekord/0.0.1', 'signature.content', ''],
    ['hashedrekord/0.0.1', 'signature.content', 'CQgH\n'],
    ['hashedrekord/0.0.1', 'signature.content', 'CQgHBg'],
    ['hashedrekord/0.0.1', 'signature.content', '_-8='],
    ['hashedrekord/0.0.1', 'signature.publicKey.content', pem('CERTIFICATE')],
    ['hashedrekord/0.0.1', 'signature.publicKey.content', base64(pem('PRIVATE KEY'))],
    ['hashedrekord/0.0.1', 'signature.publicKey.content', base64(`x\n${pem('CERTIFICATE')}`)],
    ['hashedrekord/0.0.1', 'signature.publicKey.content', base64(`${pem('CERTIFICATE')}x`)],
    ['hashedrekord/0.0.1', 'signature.publicKey.content', base64(pem('PUBLIC KEY') + pem('PUBLIC KEY'))],
    ['hashedrekord/0.0.1', 'signature.publicKey.content', base64(pem('PUBLIC KEY') + pem('CERTIFICATE'))],
    ['hashedrekord/0.0.1', 'signature.publicKey.content', base64(pem('CERTIFICATE', Uint8Array.of(...DER, 0)))],
    ['rekord/0.0.1', 'signature.format', undefined],
    ['intoto/0.0.1', 'content.hash', undefined],
    ['intoto/0.0.1', 'publicKey', 7],
    ['intoto/0.0.2', 'content.envelope.signatures', []],
    ['intoto/0.0.2', 'content.envelope.signatures', {}],
    [
      'intoto/0.0.2',
      'content.envelope.signatures',
      Array.from({ length: 65 }, () => SPECS['intoto/0.0.2'].content.envelope.signatures[0]),
    ],
    [
      'intoto/0.0.2',
      'content.envelope.signatures.0.sig',
      encodeBase64(SIGNATURE),
      'content.envelope.signatures[0].sig',
    ],
    ['intoto/0.0.2', 'content.payloadHash', undefined],
    ['dsse/0.0.1', 'envelopeHash', undefined],
    ['dsse/0.0.1', 'signatures.0.verifier', true, 'signatures[0].verifier'],
    ['hashedrekord/0.0.2', 'hashedRekordV002', undefined],
    ['hashedrekord/0.0.2', 'hashedRekordV002.data.algorithm', 'SHA1'],
    ['hashedrekord/0.0.2', 'hashedRekordV002.data.algorithm', '__proto__'],
    ['hashedrekord/0.0.2', 'hashedRekordV002.data.digest', encodeBase64(DIGEST.subarray(1))],
    ['hashedrekord/0.0.2', 'hashedRekordV002.signature.verifier', { keyDetails }],
    [
      'hashedrekord/0.0.2',
      'hashedRekordV002.signature.verifier',
      { keyDetails, ...CERTIFICATE_V2, publicKey: CERTIFICATE_V2.x509Certificate },
    ],
    ['hashedrekord/0.0.2', 'hashedRekordV002.signature.verifier.keyDetails', undefined],
    ['hashedrekord/0.0.2', 'hashedRekordV002.signature.verifier.x509Certificate.rawBytes', encodeBase64(SIGNATURE)],
    ['dsse/0.0.2', 'dsseV002.signatures', undefined],
  ])('refuses %s when %s is %j', (name, path, value, reported) => {
    expect(() => parseEntryBody(changed(name, path, value))).toThrow(
      expect.objectContaining({ name: 'RekorError', code: 'invalid-entry', path: `spec.${reported ?? path}` }),
    );
  });

  it.each([
    ['no JSON', 'x', ''],
    ['an array', '[]', ''],
    ['no kind', '{"apiVersion":"0.0.1","spec":{}}', 'kind'],
    ['a kind that is not a short name', '{"apiVersion":"0.0.1","kind":"a\\nb","spec":{}}', 'kind'],
    ['no version', '{"kind":"dsse","spec":{}}', 'apiVersion'],
    ['no spec', '{"kind":"dsse","apiVersion":"0.0.1"}', 'spec'],
    ['a key twice', '{"kind":"dsse","apiVersion":"0.0.1","kind":"rekord"}', 'kind'],
    ['a kind that only Go reads', '{"kind":"dsse","apiVersion":"0.0.1","Kind":"rekord","spec":{}}', 'Kind'],
    [
      'a hash that only Go reads',
      '{"kind":"hashedrekord","apiVersion":"0.0.1","spec":{"data":{"haſh":{}}}}',
      'spec.data.haſh',
    ],
    ['more than a MiB', `"${'x'.repeat(1024 * 1024)}"`, ''],
  ])('refuses %s', (_what, json, path) => {
    expect(() => parseEntryBody(Buffer.from(json))).toThrow(expect.objectContaining({ code: 'invalid-entry', path }));
  });

  it('throws nothing but RekorError, whatever stands where', () => {
    const names = Object.keys(SPECS) as Name[];
    const pathsOf = (value: unknown, path: readonly string[]): string[] =>
      typeof value === 'object' && value !== null
        ? Object.entries(value).flatMap(([key, below]) => [[...path, key].join('.'), ...pathsOf(below, [...path, key])])
        : [];
    const places = names.flatMap((name) => pathsOf(SPECS[name], []).map((path) => [name, path] as const));
    fc.assert(
      fc.property(fc.constantFrom(...places), fc.jsonValue(), ([name, path], value) => {
        try {
          parseEntryBody(changed(name, path, value));
        } catch (error) {
          expect(isRekorError(error) && error.code).toBe('invalid-entry');
        }
      }),
      { numRuns: 500 },
    );
  });
});
