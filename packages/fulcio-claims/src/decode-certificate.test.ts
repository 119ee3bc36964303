import 'reflect-metadata';
import { X509Certificate as NodeCertificate } from 'node:crypto';
import { Extension, X509CertificateGenerator } from '@peculiar/x509';
import type { X509Certificate, X509CertificateCreateSelfSignedParams } from '@peculiar/x509';
import { beforeAll, describe, expect, it } from 'vitest';

import { CLAIM_OIDS } from './claim-names.ts';
import { decodeCertificate } from './decode-certificate.ts';
import { CertificateClaimsSchema, FulcioClaimsSchema } from './schemas.ts';
import { SCT_LIST_OID } from './signed-certificate-timestamps.ts';
import { SUBJECT_ALTERNATIVE_NAME_OID } from './subject-alternative-names.ts';

const SUBJECT = 'https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main';
const san = new Extension(
  SUBJECT_ALTERNATIVE_NAME_OID,
  true,
  Uint8Array.of(0x30, SUBJECT.length + 2, 0x86, SUBJECT.length, ...Buffer.from(SUBJECT)),
);
const ref = new Extension(CLAIM_OIDS.githubWorkflowRef, false, new Uint8Array(Buffer.from('refs/heads/main')));
const keyUsage = new Extension('2.5.29.37', false, new Uint8Array(Buffer.from('300a06082b06010505070303', 'hex')));
const basic = new Extension('2.5.29.19', true, new Uint8Array(Buffer.from('30030101ff', 'hex')));
const scts = new Extension(
  SCT_LIST_OID,
  false,
  new Uint8Array(Buffer.from(`043500330031` + `00${'ab'.repeat(32)}0000018bcfe568000000` + '04030002beef', 'hex')),
);

type Keys = X509CertificateCreateSelfSignedParams['keys'];
const ecKeys = async (): Promise<Keys> =>
  await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
const RSA = { name: 'RSASSA-PKCS1-v1_5', modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1), hash: 'SHA-256' };
const rsaKeys = async (): Promise<Keys> => await crypto.subtle.generateKey(RSA, true, ['sign', 'verify']);

async function certify(extensions: readonly Extension[], makeKeys = ecKeys): Promise<X509Certificate> {
  const keys = await makeKeys();
  return await X509CertificateGenerator.createSelfSigned({
    serialNumber: '0102ABCD',
    name: 'CN=test ca',
    notBefore: new Date('2026-01-02T03:04:05Z'),
    notAfter: new Date('2026-01-02T03:14:05Z'),
    signingAlgorithm: { name: keys.publicKey.algorithm.name, hash: 'SHA-256' },
    keys,
    extensions: [...extensions],
  });
}

let certificate: X509Certificate;
beforeAll(async () => {
  certificate = await certify([san, ref, keyUsage, scts]);
});

describe('decodeCertificate', () => {
  const expected = {
    claims: { githubWorkflowRef: 'refs/heads/main' },
    subjectAlternativeNames: [{ kind: 'uri', value: SUBJECT }],
    issuer: 'CN=test ca',
    subject: 'CN=test ca',
    serialNumber: '0102abcd',
    notBefore: '2026-01-02T03:04:05Z',
    notAfter: '2026-01-02T03:14:05Z',
    extendedKeyUsages: ['1.3.6.1.5.5.7.3.3'],
    publicKey: { algorithm: 'ec', curve: 'P-256' },
    isCa: false,
    scts: [
      {
        logId: 'ab'.repeat(32),
        timestamp: '2023-11-14T22:13:20.000Z',
        hashAlgorithm: 4,
        signatureAlgorithm: 3,
        signature: 'vu8=',
      },
    ],
    criticalOids: [SUBJECT_ALTERNATIVE_NAME_OID],
  };

  it('reads PEM text, PEM bytes and DER alike', () => {
    const pem = certificate.toString('pem');
    expect(decodeCertificate(pem)).toEqual(expected);
    expect(decodeCertificate(`\n${pem}\n`)).toEqual(expected);
    expect(decodeCertificate(pem.replaceAll('\n', '\r\n'))).toEqual(expected);
    expect(decodeCertificate(Buffer.from(pem))).toEqual(expected);
    expect(decodeCertificate(new Uint8Array(certificate.rawData))).toEqual(expected);
  });

  it('reads the certificate objects of node:crypto and @peculiar/x509', () => {
    expect(decodeCertificate(certificate)).toEqual(expected);
    expect(decodeCertificate(new NodeCertificate(certificate.toString('pem')))).toEqual(expected);
    expect(() => decodeCertificate({ raw: Uint8Array.of(0x30, 0) })).toThrow(
      expect.objectContaining({ code: 'invalid-certificate' }),
    );
  });

  it('gives plain JSON that its schema accepts', () => {
    expect(
      CertificateClaimsSchema.parse(JSON.parse(JSON.stringify(decodeCertificate(certificate.toString('pem'))))),
    ).toEqual(expected);
    expect(() => CertificateClaimsSchema.parse({ ...expected, verified: true })).toThrow();
    expect(() => FulcioClaimsSchema.parse({ isuer: 'x' })).toThrow();
  });

  it('reads a CA with an RSA key and no names', async () => {
    const ca = decodeCertificate((await certify([basic], rsaKeys)).toString('pem'));
    expect(ca).toMatchObject({
      isCa: true,
      publicKey: { algorithm: 'rsa', bits: 2048 },
      subjectAlternativeNames: [],
      scts: [],
      claims: {},
    });
    expect(ca.criticalOids).toEqual(['2.5.29.19']);
  });

  it('refuses an extension that is there twice', async () => {
    const twice = await certify([san, ref, ref]);
    expect(() => decodeCertificate(twice.toString('pem'))).toThrow(
      expect.objectContaining({ code: 'duplicate-extension' }),
    );
  });

  it('refuses broken names and SCT lists by their own codes', async () => {
    const noNames = await certify([new Extension(SUBJECT_ALTERNATIVE_NAME_OID, true, Uint8Array.of(0x30, 0))]);
    expect(() => decodeCertificate(noNames.toString('pem'))).toThrow(
      expect.objectContaining({ code: 'invalid-subject-alternative-name' }),
    );
    const cutOff = await certify([new Extension(SCT_LIST_OID, false, Uint8Array.of(0x04, 2, 0, 9))]);
    expect(() => decodeCertificate(cutOff.toString('pem'))).toThrow(
      expect.objectContaining({ code: 'invalid-der', oid: SCT_LIST_OID }),
    );
  });

  it.each<[string, string, (pem: string, der: Uint8Array) => string | Uint8Array]>([
    ['nothing', 'invalid-certificate', () => ''],
    ['two certificates', 'invalid-certificate', (pem) => `${pem}\n${pem}`],
    ['text before the certificate', 'invalid-certificate', (pem) => `x\n${pem}`],
    ['another label', 'invalid-certificate', (pem) => pem.replaceAll('CERTIFICATE', 'PUBLIC KEY')],
    ['base64 with a character missing', 'invalid-certificate', (pem) => pem.replace('MII', 'MI')],
    ['more than 64 KiB', 'invalid-certificate', () => new Uint8Array(65_537).fill(0x30)],
    ['DER with a byte after it', 'invalid-der', (_pem, der) => Uint8Array.of(...der, 0)],
    ['DER that is cut off', 'invalid-der', (_pem, der) => der.subarray(0, -1)],
    ['a SEQUENCE of something else', 'invalid-certificate', () => Uint8Array.of(0x30, 3, 2, 1, 1)],
  ])('refuses %s', (_what, code, make) => {
    const input = make(certificate.toString('pem'), new Uint8Array(certificate.rawData));
    expect(() => decodeCertificate(input)).toThrow(expect.objectContaining({ name: 'ClaimsError', code }));
  });
});
