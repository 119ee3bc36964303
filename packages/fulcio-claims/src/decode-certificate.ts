import type { KeyObject } from 'node:crypto';
import { requireObject } from '@sigtrail/encoding';

import { findExtension, parseCertificate } from './certificate/certificate.ts';
import { basicConstraints, extendedKeyUsages } from './certificate/usage.ts';
import { TAG } from './certificate/der.ts';
import { decodeClaims } from './decode-claims.ts';
import type { FulcioClaims } from './decode-claims.ts';
import { formatDistinguishedName } from './distinguished-name.ts';
import { ClaimsError } from './error.ts';
import { SCT_LIST_OID, decodeSignedCertificateTimestamps } from './signed-certificate-timestamps.ts';
import type { SctClaims } from './signed-certificate-timestamps.ts';
import { SUBJECT_ALTERNATIVE_NAME_OID, decodeSubjectAlternativeNames } from './subject-alternative-names.ts';
import type { SubjectAlternativeName } from './subject-alternative-names.ts';

/** The key in a certificate, by name and size. */
export interface CertificatePublicKey {
  /** As Node names it: `ec`, `rsa`, `ed25519`, … */
  readonly algorithm: string;
  /** `P-256`, `P-384`, `P-521`, or OpenSSL's name of any other curve. */
  readonly curve?: string;
  /** Length of an RSA modulus. */
  readonly bits?: number;
}

/** Everything a certificate says, as plain JSON. Unverified: anyone can make a certificate that says this. */
export interface CertificateClaims {
  readonly claims: FulcioClaims;
  readonly subjectAlternativeNames: readonly SubjectAlternativeName[];
  /** Distinguished name of the CA. */
  readonly issuer: string;
  /** Distinguished name; Fulcio leaves it empty. */
  readonly subject: string;
  /** Lower-case hexadecimal. */
  readonly serialNumber: string;
  /** RFC 3339, UTC. */
  readonly notBefore: string;
  readonly notAfter: string;
  /** OIDs; code signing is 1.3.6.1.5.5.7.3.3. */
  readonly extendedKeyUsages: readonly string[];
  readonly publicKey: CertificatePublicKey;
  readonly isCa: boolean;
  readonly scts: readonly SctClaims[];
  /** Extensions that a verifier must understand or refuse the certificate (RFC 5280 §4.2). */
  readonly criticalOids: readonly string[];
}

// Fulcio's are below 2 KiB; post-quantum keys would still fit.
const MAX_CERTIFICATE_BYTES = 64 * 1024;
const PEM = /^\s*-----BEGIN CERTIFICATE-----\r?\n([A-Za-z0-9+/=\r\n]+)\r?\n-----END CERTIFICATE-----\s*$/;
const CURVES: Readonly<Record<string, string>> = { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' };

/** A certificate as PEM text, as DER or PEM bytes, or as the object of `node:crypto` or `@peculiar/x509`. */
export type CertificateInput =
  | string
  | Uint8Array
  | {
      /** `X509Certificate` of `node:crypto`: the DER. */
      readonly raw: Uint8Array;
    }
  | {
      /** `X509Certificate` of `@peculiar/x509`: the DER. */
      readonly rawData: ArrayBuffer;
    };

/**
 * Decodes a certificate with the reader that verification uses. Shape checked, *not* verified: chain, times and signature are ignored.
 *
 * @throws ClaimsError `invalid-certificate`, `invalid-der`, `duplicate-extension`, or what `decodeClaims` and
 *   `decodeSubjectAlternativeNames` refuse
 * @example decodeCertificate(readFileSync('leaf.pem', 'utf8')).claims.sourceRepositoryUri
 */
export function decodeCertificate(input: CertificateInput): CertificateClaims {
  if (typeof input !== 'string') requireObject(input, 'decodeCertificate', 'input');
  const certificate = parseCertificate(toDer(input));
  const valueOf = (oid: string): Uint8Array | undefined => findExtension(certificate, oid)?.value;
  const names = valueOf(SUBJECT_ALTERNATIVE_NAME_OID);
  const scts = valueOf(SCT_LIST_OID);
  return {
    claims: decodeClaims(certificate.extensions),
    subjectAlternativeNames: names === undefined ? [] : decodeSubjectAlternativeNames(names),
    issuer: formatDistinguishedName(certificate.issuer),
    subject: formatDistinguishedName(certificate.subject),
    serialNumber: formatSerialNumber(certificate.serialNumber),
    notBefore: toRfc3339(certificate.notBefore),
    notAfter: toRfc3339(certificate.notAfter),
    extendedKeyUsages: extendedKeyUsages(certificate) ?? [],
    publicKey: describeKey(certificate.publicKey),
    isCa: basicConstraints(certificate).isCa,
    scts: scts === undefined ? [] : decodeSignedCertificateTimestamps(scts),
    criticalOids: certificate.extensions.filter(({ critical }) => critical).map(({ oid }) => oid),
  };
}

function describeKey(key: KeyObject): CertificatePublicKey {
  const { namedCurve, modulusLength } = key.asymmetricKeyDetails ?? {};
  return {
    algorithm: key.asymmetricKeyType ?? 'unknown',
    ...(namedCurve === undefined ? {} : { curve: CURVES[namedCurve] ?? namedCurve }),
    ...(modulusLength === undefined ? {} : { bits: modulusLength }),
  };
}

function toDer(input: CertificateInput): Uint8Array {
  if (typeof input === 'string' || input instanceof Uint8Array) return decodePem(input);
  return 'raw' in input ? input.raw : new Uint8Array(input.rawData);
}

function decodePem(pemOrDer: string | Uint8Array): Uint8Array {
  if (pemOrDer.length > MAX_CERTIFICATE_BYTES)
    throw new ClaimsError('invalid-certificate', 'certificate is over 64 KiB');
  if (typeof pemOrDer !== 'string' && pemOrDer[0] === TAG.sequence) return pemOrDer;
  const text = typeof pemOrDer === 'string' ? pemOrDer : Buffer.from(pemOrDer).toString('latin1');
  const base64 = PEM.exec(text)?.[1]?.replaceAll(/[\r\n]/g, '');
  const der = base64 === undefined ? undefined : Buffer.from(base64, 'base64');
  if (der?.toString('base64') !== base64 || der === undefined) {
    throw new ClaimsError('invalid-certificate', 'certificate is neither DER nor one PEM certificate');
  }
  return new Uint8Array(der);
}

/** Whole bytes, as OpenSSL shows them: without the byte that only keeps DER's integer positive. */
function formatSerialNumber(serialNumber: bigint): string {
  const text = serialNumber.toString(16);
  return text.padStart(text.length + (text.length % 2), '0');
}

function toRfc3339(date: Date): string {
  return date.toISOString().replace('.000Z', 'Z');
}
