import { X509Certificate as NodeCertificate } from 'node:crypto';
import type { X509Certificate } from '@peculiar/x509';
import { beforeAll, describe, expect, it } from 'vitest';

import { certificateAuthority, codeSigning, extension, selfSigned, subjectNamed } from '../test/self-signed.ts';
import { CLAIM_OIDS } from './claim-names.ts';
import { decodeCertificate } from './decode-certificate.ts';
import { CertificateClaimsSchema, FulcioClaimsSchema } from './schemas.ts';
import { SCT_LIST_OID } from './signed-certificate-timestamps.ts';
import { SUBJECT_ALTERNATIVE_NAME_OID } from './subject-alternative-names.ts';

const SUBJECT = 'https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main';
const san = subjectNamed('uri', SUBJECT);
const ref = extension(CLAIM_OIDS.githubWorkflowRef, Buffer.from('refs/heads/main'));
const scts = extension(
  SCT_LIST_OID,
  Buffer.from(`043500330031` + `00${'ab'.repeat(32)}0000018bcfe568000000` + '04030002beef', 'hex'),
);

let certificate: X509Certificate;
beforeAll(async () => {
  certificate = await selfSigned([san, ref, codeSigning(), scts]);
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
    const ca = decodeCertificate((await selfSigned([certificateAuthority()], { rsa: true })).toString('pem'));
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
    const twice = await selfSigned([san, ref, ref]);
    expect(() => decodeCertificate(twice.toString('pem'))).toThrow(
      expect.objectContaining({ code: 'duplicate-extension' }),
    );
  });

  it('refuses broken names and SCT lists by their own codes', async () => {
    const noNames = await selfSigned([extension(SUBJECT_ALTERNATIVE_NAME_OID, Uint8Array.of(0x30, 0), true)]);
    expect(() => decodeCertificate(noNames.toString('pem'))).toThrow(
      expect.objectContaining({ code: 'invalid-subject-alternative-name' }),
    );
    const cutOff = await selfSigned([extension(SCT_LIST_OID, Uint8Array.of(0x04, 2, 0, 9))]);
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
