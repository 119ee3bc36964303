import {
  type OptionTable,
  checkOptions,
  expecting,
  requireBytes,
  requireObject,
  requireText,
} from '@sigtrail/encoding';
import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import {
  type DerElement,
  expectTag,
  readBitString,
  readChildren,
  readDer,
  readObjectIdentifier,
  readTime,
  readUnsignedInteger,
  TAG,
} from './der.ts';
import { ClaimsError } from '../error.ts';
import { assertName } from './name.ts';
import { assertEcdsaSignature, assertOneSpelling } from './one-spelling.ts';
import { assertPublicKeyInfo } from './public-key-info.ts';
import { readExtensions, type CertificateExtension } from './extension.ts';

/** A certificate parsed once, strictly, over its own bytes (RFC 5280 §4.1). Nothing in it is verified. */
export interface Certificate {
  readonly bytes: Uint8Array;
  readonly tbs: Uint8Array;
  readonly tbsFields: readonly DerElement[];
  readonly serialNumber: bigint;
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly spki: Uint8Array;
  readonly publicKey: KeyObject;
  readonly signatureAlgorithm: string;
  readonly signature: Uint8Array;
  readonly extensions: readonly CertificateExtension[];
}

/** When and how a certificate's key is imported. */
export interface ParseCertificateOptions {
  /**
   * `later` defers importing the key until `publicKey` is read: importing takes half as long as checking a signature, and the
   * certificate's own signature can be checked meanwhile. Then `publicKey` throws if the key can't be imported.
   */
  readonly keyImport?: 'now' | 'later';
  /** Imports a SubjectPublicKeyInfo, or throws. */
  readonly importKey?: (spki: Uint8Array) => KeyObject;
}

const OPTIONS: OptionTable<ParseCertificateOptions> = {
  keyImport: expecting('"now" or "later"', (value) => value === 'now' || value === 'later'),
  importKey: expecting('a function', (value) => typeof value === 'function'),
};

// Fulcio's are below 2 KiB; post-quantum keys would still fit.
const MAX_CERTIFICATE_BYTES = 65_536;
const ECDSA = '1.2.840.10045.4.3.';
// RFC 5280 §4.1.2.2: at most 20 octets, including the sign bit. Some authorities don't count it.
const MAX_SERIAL_NUMBER = 1n << 160n;

/**
 * Parses a DER certificate of version 3, in the only spelling that DER and RFC 5280 allow: a closed list of fields, nothing twice,
 * nothing left over, and caps on every list. Refuses anything that another reader could understand differently. Nothing is verified.
 *
 * @throws ClaimsError `invalid-certificate`, `invalid-der`, `duplicate-extension`; TypeError `unknown-option`, `invalid-option`
 * @example parseCertificate(readFileSync('leaf.der')).notAfter
 */
export function parseCertificate(bytes: Uint8Array, options: ParseCertificateOptions = {}): Certificate {
  requireBytes(bytes, 'parseCertificate', 'bytes');
  checkOptions(options, OPTIONS, 'parseCertificate');
  const { keyImport = 'now', importKey = importSpki } = options;
  const what = 'certificate';
  if (bytes.length > MAX_CERTIFICATE_BYTES) throw refusal('is over 64 KiB');
  const outer = readChildren(expectTag(readDer(bytes, what), TAG.sequence, what), what);
  if (outer.length !== 3) throw refusal('must have exactly three parts: the signed part, the algorithm, the signature');
  const tbs = expectTag(outer[0], TAG.sequence, what);
  const algorithm = expectTag(outer[1], TAG.sequence, what);
  const fields = readChildren(tbs, what);
  const [version, serial, inner, issuer, validity, subject, spki, extensions, ...rest] = fields;
  if (version?.tag !== TAG.context0 || Buffer.from(version.contents).toString('hex') !== '020102')
    throw refusal('is not version 3');
  // Unique identifiers ([1], [2]) are refused, too: RFC 5280 §4.1.2.8 forbids them, and readers disagree about what they mean.
  if (rest.length > 0 || (extensions !== undefined && extensions.tag !== TAG.context3))
    throw refusal('has a field that RFC 5280 §4.1 does not list');
  // RFC 5280 §4.1.1.2: both algorithm fields must say the same, or the signed one could be contradicted outside.
  if (inner === undefined || !Buffer.from(inner.bytes).equals(algorithm.bytes))
    throw refusal('names two different signature algorithms');
  const serialNumber = readUnsignedInteger(serial, what);
  if (serialNumber >= MAX_SERIAL_NUMBER) throw refusal('has a serial number over 20 bytes (RFC 5280 §4.1.2.2)');
  const [notBefore, notAfter, ...moreTimes] = readChildren(expectTag(validity, TAG.sequence, what), what);
  if (moreTimes.length > 0) throw refusal('has more than two times in its validity');
  const key = assertPublicKeyInfo(spki, what).bytes;
  const signatureAlgorithm = readAlgorithm(algorithm);
  const signature = readBitString(outer[2], what);
  // An anchor's own signature is never verified, so only this refuses a different spelling of it.
  if (signatureAlgorithm.startsWith(ECDSA)) assertEcdsaSignature(readDer(signature, what), what);
  let publicKey = keyImport === 'now' ? importKey(key) : undefined;
  return {
    bytes,
    tbs: tbs.bytes,
    tbsFields: fields,
    serialNumber,
    issuer: assertName(issuer, what).bytes,
    subject: assertName(subject, what).bytes,
    notBefore: readValidityTime(notBefore),
    notAfter: readValidityTime(notAfter),
    spki: key,
    get publicKey() {
      return (publicKey ??= importKey(key));
    },
    signatureAlgorithm,
    signature,
    extensions: extensions === undefined ? [] : readExtensions(extensions),
  };
}

/** Looks an extension up by OID. */
export function findExtension(certificate: Certificate, oid: string): CertificateExtension | undefined {
  requireObject(certificate, 'findExtension', 'certificate', ['extensions']);
  requireText(oid, 'findExtension', 'oid');
  return certificate.extensions.find((extension) => extension.oid === oid);
}

/** The hash of a signature algorithm (RFC 5758, RFC 4055); `null` if the algorithm does its own hashing (RFC 8410). */
export const SIGNATURE_HASHES: Readonly<Record<string, 'sha256' | 'sha384' | 'sha512' | null>> = {
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
  '1.3.101.112': null,
};

/** Does `issuer`'s key verify `certificate`'s signature? Names and constraints are ignored. For trust, which is read once. */
export function isSignedBy(certificate: Certificate, issuer: Certificate): boolean {
  requireObject(certificate, 'isSignedBy', 'certificate', ['tbs', 'signature']);
  requireObject(issuer, 'isSignedBy', 'issuer', ['publicKey']);
  const hash = SIGNATURE_HASHES[certificate.signatureAlgorithm];
  if (hash === undefined) return false;
  try {
    return verify(hash, certificate.tbs, issuer.publicKey, certificate.signature);
  } catch {
    return false; // the key is of the wrong type for the algorithm, so it did not sign this
  }
}

/** RFC 5280 §4.1.2.5: UTCTime until 2049, GeneralizedTime without a fraction from 2050. */
function readValidityTime(element: DerElement | undefined): Date {
  const time = readTime(element, 'certificate');
  if (element?.tag === TAG.generalizedTime && (time.getUTCFullYear() < 2050 || element.contents.length !== 15))
    throw refusal('has a time that RFC 5280 §4.1.2.5 does not allow');
  return time;
}

/** The algorithm's OID. Of the algorithms in use, only RSA's have parameters, which are NULL (RFC 5758 §3.2, RFC 4055 §5, RFC 8410 §3). */
function readAlgorithm(algorithm: DerElement): string {
  const [oid, parameters, ...rest] = readChildren(algorithm, 'certificate');
  const text = readObjectIdentifier(oid, 'certificate');
  const isNull = parameters !== undefined && Buffer.from(parameters.bytes).toString('hex') === '0500';
  const isRight = text.startsWith('1.2.840.113549.1.1.')
    ? parameters === undefined || isNull
    : parameters === undefined;
  if (rest.length > 0 || (text in SIGNATURE_HASHES && !isRight))
    throw refusal('has parameters that its signature algorithm does not take');
  if (parameters !== undefined) assertOneSpelling(parameters, 'certificate');
  return text;
}

function importSpki(spki: Uint8Array): KeyObject {
  try {
    return createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
  } catch (cause) {
    throw new ClaimsError('invalid-certificate', 'the certificate’s public key has an unsupported type', {
      cause,
    });
  }
}

function refusal(what: string): ClaimsError {
  return new ClaimsError('invalid-certificate', `the certificate ${what}`);
}
