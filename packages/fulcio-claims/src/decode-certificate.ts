import 'reflect-metadata'; // before @peculiar/x509, whose decorators need it
import { createPublicKey } from 'node:crypto';

import { X509Certificate } from '@peculiar/x509';

import {
  BASIC_CONSTRAINTS_OID,
  decodeExtendedKeyUsages,
  decodeIsAuthority,
  EXTENDED_KEY_USAGE_OID,
} from './constraints.ts';
import { decodeClaims } from './decode-claims.ts';
import type { FulcioClaims } from './decode-claims.ts';
import { SEQUENCE, readDer } from './der.ts';
import { ClaimsError, isClaimsError } from './error.ts';
import { readExtensions, type ReadExtension } from './read-extensions.ts';
import { SCT_LIST_OID, decodeSignedCertificateTimestamps } from './signed-certificate-timestamps.ts';
import type { SignedCertificateTimestamp } from './signed-certificate-timestamps.ts';
import { SUBJECT_ALTERNATIVE_NAME_OID, decodeSubjectAlternativeNames } from './subject-alternative-names.ts';
import type { SubjectAlternativeName } from './subject-alternative-names.ts';
import { decodeValidity } from './validity.ts';

/** The key in a certificate, by name and size. */
export interface CertificatePublicKey {
  /** As Node names it: `ec`, `rsa`, `ed25519`, … */
  readonly algorithm: string;
  /** `P-256`, `P-384`, `P-521`, or what OpenSSL calls another curve. */
  readonly curve?: string;
  /** Length of an RSA modulus. */
  readonly bits?: number;
}

/** Everything a certificate says, as plain JSON. Unverified: anybody can make a certificate that says this. */
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
  readonly scts: readonly SignedCertificateTimestamp[];
  /** Extensions that a verifier must understand or refuse the certificate (RFC 5280 §4.2). */
  readonly criticalOids: readonly string[];
}

// Fulcio's are below 2 KiB; post-quantum keys would still fit.
const MAX_CERTIFICATE_BYTES = 64 * 1024;
const PEM = /^\s*-----BEGIN CERTIFICATE-----\r?\n([A-Za-z0-9+/=\r\n]+)\r?\n-----END CERTIFICATE-----\s*$/;
const CURVES: Readonly<Record<string, string>> = { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' };

/**
 * Decodes one certificate, PEM text or DER bytes (or PEM bytes). Shape checked, *not* verified: no chain, time or signature is looked at.
 *
 * @throws ClaimsError `invalid-certificate`, or what `decodeClaims` and `decodeSubjectAlternativeNames` refuse
 * @example decodeCertificate(readFileSync('leaf.pem', 'utf8')).claims.sourceRepositoryUri
 */
export function decodeCertificate(pemOrDer: string | Uint8Array): CertificateClaims {
  const der = decodePem(pemOrDer);
  try {
    // The library reads BER and ignores what follows: one spelling only, before it sees the bytes.
    if (readDer(der).tag !== SEQUENCE)
      throw new ClaimsError('invalid-certificate', 'certificate is not a DER SEQUENCE');
    return describe(new X509Certificate(new Uint8Array(der)), decodeValidity(der), readExtensions(der));
  } catch (cause) {
    if (isClaimsError(cause)) throw cause;
    throw new ClaimsError('invalid-certificate', 'certificate is not well-formed', { cause });
  }
}

function describe(
  certificate: X509Certificate,
  validity: ReturnType<typeof decodeValidity>,
  extensions: readonly ReadExtension[],
): CertificateClaims {
  const valueOf = (oid: string): Uint8Array | undefined => extensions.find((extension) => extension.oid === oid)?.value;
  // First: it refuses duplicates, so that valueOf has one answer.
  const claims = decodeClaims(extensions);
  const names = valueOf(SUBJECT_ALTERNATIVE_NAME_OID);
  const scts = valueOf(SCT_LIST_OID);
  const purposes = valueOf(EXTENDED_KEY_USAGE_OID);
  const constraints = valueOf(BASIC_CONSTRAINTS_OID);
  return {
    claims,
    subjectAlternativeNames: names === undefined ? [] : decodeSubjectAlternativeNames(names),
    issuer: certificate.issuer,
    subject: certificate.subject,
    serialNumber: certificate.serialNumber.toLowerCase(),
    notBefore: toRfc3339(validity.notBefore),
    notAfter: toRfc3339(validity.notAfter),
    extendedKeyUsages: purposes === undefined ? [] : decodeExtendedKeyUsages(purposes),
    publicKey: describeKey(new Uint8Array(certificate.publicKey.rawData)),
    isCa: constraints === undefined ? false : decodeIsAuthority(constraints),
    scts: scts === undefined ? [] : decodeSignedCertificateTimestamps(scts),
    criticalOids: extensions.filter(({ isCritical }) => isCritical).map(({ oid }) => oid),
  };
}

function describeKey(spki: Uint8Array): CertificatePublicKey {
  const key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
  const { namedCurve, modulusLength } = key.asymmetricKeyDetails ?? {};
  return {
    algorithm: key.asymmetricKeyType ?? 'unknown',
    ...(namedCurve === undefined ? {} : { curve: CURVES[namedCurve] ?? namedCurve }),
    ...(modulusLength === undefined ? {} : { bits: modulusLength }),
  };
}

function decodePem(pemOrDer: string | Uint8Array): Uint8Array {
  if (pemOrDer.length > MAX_CERTIFICATE_BYTES)
    throw new ClaimsError('invalid-certificate', 'certificate is over 64 KiB');
  if (typeof pemOrDer !== 'string' && pemOrDer[0] === SEQUENCE) return pemOrDer;
  const text = typeof pemOrDer === 'string' ? pemOrDer : Buffer.from(pemOrDer).toString('latin1');
  const base64 = PEM.exec(text)?.[1]?.replaceAll(/[\r\n]/g, '');
  const der = base64 === undefined ? undefined : Buffer.from(base64, 'base64');
  if (der?.toString('base64') !== base64 || der === undefined) {
    throw new ClaimsError('invalid-certificate', 'certificate is neither DER nor one PEM certificate');
  }
  return new Uint8Array(der);
}

function toRfc3339(date: Date): string {
  return date.toISOString().replace('.000Z', 'Z');
}
