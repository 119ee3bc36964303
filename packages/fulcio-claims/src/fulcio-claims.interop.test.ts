import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { CertificateClaimsSchema, FULCIO_ARC, claimNames, decodeCertificate } from './index.ts';

// Recorded data of third parties stays outside the repository; it is found beside the checkout or by name.
const FIXTURES = process.env['SIGTRAIL_FIXTURES'] ?? join(import.meta.dirname, '../../../../shared/fixtures');
const present = existsSync(FIXTURES);
const required = process.env['SIGTRAIL_REQUIRE_INTEROP'] === '1';

interface Recorded {
  readonly name: string;
  readonly kind: string;
  readonly genuine: { readonly sct?: string | null };
  readonly expected: {
    readonly san: readonly { readonly kind: string; readonly value: string }[];
    readonly issuer: string | null;
    readonly claims: Readonly<Record<string, string>>;
    readonly notBefore: string;
    readonly notAfter: string;
    readonly key: string;
  };
}

const read = (path: string): string => readFileSync(join(FIXTURES, path), 'utf8');
const certificates = present
  ? (JSON.parse(read('index.json')) as Recorded[]).filter(({ kind }) => kind === 'fulcio-cert')
  : [];

it.runIf(required)('has the recorded fixtures that this run requires', () => {
  expect(certificates.length).toBeGreaterThan(10);
});

describe.skipIf(!present)('recorded certificates of real Fulcio instances', () => {
  it.each(certificates)('decodes $name as recorded', ({ name, genuine, expected }) => {
    const decoded = decodeCertificate(read(`${name}.pem`));
    const file = JSON.parse(read(`${name}.json`)) as { readonly serial: string };
    const claims = Object.fromEntries(
      Object.entries(expected.claims).map(([number, value]) => [claimNames[`${FULCIO_ARC}.${number.slice(2)}`], value]),
    );
    expect(decoded.claims).toEqual(claims);
    expect(decoded.claims.issuer ?? null).toBe(expected.issuer);
    expect(decoded.subjectAlternativeNames).toEqual(expected.san);
    expect(new Date(decoded.notBefore)).toEqual(new Date(expected.notBefore));
    expect(new Date(decoded.notAfter)).toEqual(new Date(expected.notAfter));
    expect(BigInt(`0x${decoded.serialNumber}`)).toBe(BigInt(`0x${file.serial}`));
    expect(decoded.extendedKeyUsages).toEqual(['1.3.6.1.5.5.7.3.3']);
    expect(decoded.isCa).toBe(false);
    expect(decoded.scts).toHaveLength(genuine.sct === '1/1' ? 1 : 0);
    const { algorithm, curve, bits } = decoded.publicKey;
    expect(bits === undefined ? curve : `${algorithm}${String(bits)}`).toBe(
      { secp256r1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' }[expected.key] ?? expected.key,
    );
    expect(CertificateClaimsSchema.parse(JSON.parse(JSON.stringify(decoded)))).toEqual(decoded);
  });

  it('decodes every certificate in the recorded bundles as Node does', () => {
    let decoded = 0;
    for (const file of readdirSync(FIXTURES, { recursive: true }).map(String)) {
      if (!/bundle.*json$|blobs\/sha256\/[0-9a-f]+$/.test(file)) continue;
      for (const [, base64 = ''] of read(file).matchAll(/"rawBytes": ?"(MII[A-Za-z0-9+/]+=*)"/g)) {
        const der = new Uint8Array(Buffer.from(base64, 'base64'));
        let expected: X509Certificate;
        try {
          expected = new X509Certificate(der);
        } catch {
          continue; // a public key
        }
        const certificate = decodeCertificate(der);
        expect(BigInt(`0x${certificate.serialNumber}`), file).toBe(BigInt(`0x${expected.serialNumber}`));
        expect(new Date(certificate.notAfter), file).toEqual(expected.validToDate);
        expect(certificate.isCa, file).toBe(expected.ca);
        decoded += 1;
      }
    }
    expect(decoded).toBeGreaterThan(100);
  });
});
