import { type KeyObject, verify } from 'node:crypto';
import {
  type DerElement,
  expectTag,
  malformed,
  readBitString,
  readBoolean,
  readChildren,
  readDer,
  readObjectIdentifier,
  readTime,
  readUnsignedInteger,
  TAG,
} from './der.ts';
import { importSpki } from '../keys/public-key.ts';

/** One X.509 extension: `value` is the content of the extnValue OCTET STRING. */
export interface CertificateExtension {
  readonly oid: string;
  readonly critical: boolean;
  readonly value: Uint8Array;
  /** The whole Extension element: what is cut out to rebuild a precertificate (RFC 6962 §3.2). */
  readonly bytes: Uint8Array;
}

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

/** Object identifiers of the extensions and purposes that verification reads. */
export const OID: Readonly<
  Record<
    | 'basicConstraints'
    | 'keyUsage'
    | 'extendedKeyUsage'
    | 'subjectAlternativeName'
    | 'sct'
    | 'codeSigning'
    | 'timeStamping'
    | 'nameConstraints',
    string
  >
> = {
  basicConstraints: '2.5.29.19',
  keyUsage: '2.5.29.15',
  extendedKeyUsage: '2.5.29.37',
  subjectAlternativeName: '2.5.29.17',
  nameConstraints: '2.5.29.30',
  sct: '1.3.6.1.4.1.11129.2.4.2',
  codeSigning: '1.3.6.1.5.5.7.3.3',
  timeStamping: '1.3.6.1.5.5.7.3.8',
};

/**
 * Parses one DER certificate. `later` puts importing its key off until it is asked for: that takes half as long as a signature, and
 * the certificate's own signature can be on its way first.
 *
 * @throws SigtrailError `invalid-certificate`, with `later` also where its `publicKey` is read for the first time
 */
export function parseCertificate(bytes: Uint8Array, keyImport: 'now' | 'later' = 'now'): Certificate {
  const what = 'certificate';
  if (bytes.length > 65_536) throw malformed(what, 'it is larger than 64 KiB');
  const outer = readChildren(expectTag(readDer(bytes, what), TAG.sequence, what), what);
  if (outer.length !== 3) throw malformed(what, 'expected three elements');
  const tbs = expectTag(outer[0], TAG.sequence, what);
  const algorithm = expectTag(outer[1], TAG.sequence, what);
  const fields = readChildren(tbs, what);
  if (fields[0]?.tag !== TAG.context0 || fields[0].contents[2] !== 2)
    throw malformed(what, 'only version 3 is supported');
  const [, serial, inner, issuer, validity, subject, spki, ...rest] = fields;
  // RFC 5280 §4.1.1.2: both algorithm fields must say the same, or the signed one could be contradicted outside.
  if (inner === undefined || !Buffer.from(inner.bytes).equals(algorithm.bytes))
    throw malformed(what, 'its two signature algorithms differ');
  const [notBefore, notAfter] = readChildren(expectTag(validity, TAG.sequence, what), what);
  const key = expectTag(spki, TAG.sequence, what).bytes;
  let publicKey = keyImport === 'now' ? importKey(key) : undefined;
  return {
    bytes,
    tbs: tbs.bytes,
    tbsFields: fields,
    serialNumber: readUnsignedInteger(serial, what),
    issuer: expectTag(issuer, TAG.sequence, what).bytes,
    subject: expectTag(subject, TAG.sequence, what).bytes,
    notBefore: readTime(notBefore, what),
    notAfter: readTime(notAfter, what),
    spki: key,
    get publicKey() {
      return (publicKey ??= importKey(key));
    },
    signatureAlgorithm: readObjectIdentifier(readChildren(algorithm, what)[0], what),
    signature: readBitString(outer[2], what),
    extensions: readExtensions(rest),
  };
}

/** Looks an extension up by OID. */
export function findExtension(certificate: Certificate, oid: string): CertificateExtension | undefined {
  return certificate.extensions.find((extension) => extension.oid === oid);
}

/** The purposes of extKeyUsage, or `undefined` when the extension is absent. */
export function extendedKeyUsages(certificate: Certificate): readonly string[] | undefined {
  const extension = findExtension(certificate, OID.extendedKeyUsage);
  if (extension === undefined) return undefined;
  return readChildren(expectTag(readDer(extension.value, 'extKeyUsage'), TAG.sequence, 'extKeyUsage')).map((purpose) =>
    readObjectIdentifier(purpose, 'extKeyUsage'),
  );
}

/** True when keyUsage is absent or has the bit (0 digitalSignature … 5 keyCertSign; RFC 5280 §4.2.1.3). */
export function allowsKeyUsage(certificate: Certificate, bit: number): boolean {
  const extension = findExtension(certificate, OID.keyUsage);
  if (extension === undefined) return true;
  const { contents } = expectTag(readDer(extension.value, 'keyUsage'), TAG.bitString, 'keyUsage');
  const byte = contents[1 + Math.floor(bit / 8)] ?? 0;
  return (byte & (0x80 >> (bit % 8))) !== 0;
}

/** basicConstraints: `cA` and the path length, where it is given. */
export function basicConstraints(certificate: Certificate): { readonly isCa: boolean; readonly pathLength?: number } {
  const extension = findExtension(certificate, OID.basicConstraints);
  if (extension === undefined) return { isCa: false };
  const [ca, length] = readChildren(
    expectTag(readDer(extension.value, 'basicConstraints'), TAG.sequence, 'basicConstraints'),
  );
  const isCa = ca !== undefined && ca.tag === TAG.boolean && readBoolean(ca, 'basicConstraints');
  return length === undefined
    ? { isCa }
    : { isCa, pathLength: Number(readUnsignedInteger(length, 'basicConstraints')) };
}

/** The hash of a signature algorithm (RFC 5758, RFC 4055; `null`: RFC 8410, none of its own). */
export const SIGNATURE_HASHES: Readonly<Record<string, 'sha256' | 'sha384' | 'sha512' | null>> = {
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
  '1.3.101.112': null,
};

/** Does `issuer`'s key verify `certificate`'s signature? Names and constraints are not looked at. For trust, which is read once. */
export function isSignedBy(certificate: Certificate, issuer: Certificate): boolean {
  const hash = SIGNATURE_HASHES[certificate.signatureAlgorithm];
  if (hash === undefined) return false;
  try {
    return verify(hash, certificate.tbs, issuer.publicKey, certificate.signature);
  } catch {
    return false; // a key of another type than the algorithm asks for: not its signature
  }
}

/** Certificates in PEM text, first to last. Anything between or around the blocks but white space is refused. */
export function decodePemCertificates(text: string): readonly Uint8Array[] {
  const block = /-----BEGIN CERTIFICATE-----\r?\n([A-Za-z0-9+/=\r\n]+?)\r?\n-----END CERTIFICATE-----\s*/gy;
  const found: Uint8Array[] = [];
  let end = /^\s*/.exec(text)?.[0].length ?? 0;
  block.lastIndex = end;
  for (let match = block.exec(text); match !== null; match = block.exec(text)) {
    found.push(Buffer.from((match[1] ?? '').replaceAll(/\s/g, ''), 'base64'));
    end = block.lastIndex;
  }
  if (found.length === 0 || end !== text.length)
    throw malformed('certificate', 'expected PEM blocks "CERTIFICATE" and nothing else');
  return found;
}

function importKey(spki: Uint8Array): KeyObject {
  try {
    return importSpki(spki);
  } catch {
    throw malformed('certificate', 'its public key is of a kind that is not supported');
  }
}

function readExtensions(rest: readonly DerElement[]): readonly CertificateExtension[] {
  const holder = rest.find((field) => field.tag === TAG.context3);
  if (holder === undefined) return [];
  const what = 'certificate extension';
  const [list, ...more] = readChildren(holder, what);
  if (more.length > 0) throw malformed(what, 'more than one list');
  const seen = new Set<string>();
  return readChildren(expectTag(list, TAG.sequence, what), what).map((element) => {
    const parts = readChildren(expectTag(element, TAG.sequence, what), what);
    const oid = readObjectIdentifier(parts[0], what);
    // RFC 5280 §4.2: never twice; with two, two readers could each believe another.
    if (seen.has(oid)) throw malformed(what, `${oid} appears twice`);
    seen.add(oid);
    const flag = parts.length === 3 ? parts[1] : undefined;
    return {
      oid,
      critical: flag !== undefined && readBoolean(flag, what),
      value: expectTag(parts.at(-1), TAG.octetString, what).contents,
      bytes: element.bytes,
    };
  });
}
