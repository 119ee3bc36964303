import { type Certificate, parseCertificate, readCertificateData, SIGNATURE_HASHES } from '../crypto/certificate.ts';
import {
  type DerElement,
  expectTag,
  malformed,
  readChildren,
  readDer,
  readObjectIdentifier,
  readTime,
  readUnsignedInteger,
  TAG,
} from '@sigtrail/fulcio-claims/certificate';

/** An RFC 3161 timestamp token, parsed strictly; nothing in it is verified. */
export interface TimestampToken {
  readonly time: Date;
  /** The authority's clock may be wrong by so much, either way; rounded up to milliseconds. Without it, it says nothing. */
  readonly accuracyMs?: number;
  readonly imprintHash: 'sha256' | 'sha384' | 'sha512';
  readonly imprint: Uint8Array;
  readonly tstInfo: Uint8Array;
  readonly signedAttributes: Uint8Array;
  readonly messageDigest: Uint8Array;
  readonly digestHash: 'sha256' | 'sha384' | 'sha512';
  readonly signature: Uint8Array;
  readonly signatureHash: 'sha256' | 'sha384' | 'sha512' | null;
  readonly signerIssuer: Uint8Array;
  readonly signerSerial: bigint;
  /** ESSCertID (RFC 2634: SHA-1) or ESSCertIDv2 (RFC 5816), as `{hash, digest}` of the signing certificate. */
  readonly signingCertificate?: { readonly hash: string; readonly digest: Uint8Array };
  readonly certificates: readonly Certificate[];
}

const HASHES: Readonly<Record<string, 'sha256' | 'sha384' | 'sha512'>> = {
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};
const RSA_ENCRYPTION = '1.2.840.113549.1.1.1';
const EC_PUBLIC_KEY = '1.2.840.10045.2.1';
const WHAT = 'timestamp';

/**
 * Parses a TimeStampResp (RFC 3161 §2.4.2), as cosign and bundles carry it.
 *
 * @throws SigtrailError `invalid-certificate`
 */
export function parseTimestampToken(bytes: Uint8Array): TimestampToken {
  return readCertificateData(() => parseToken(bytes));
}

function parseToken(bytes: Uint8Array): TimestampToken {
  if (bytes.length > 65_536) throw malformed(WHAT, 'it is larger than 64 KiB');
  const [status, token] = readChildren(expectTag(readDer(bytes, WHAT), TAG.sequence, WHAT), WHAT);
  const granted = readUnsignedInteger(readChildren(expectTag(status, TAG.sequence, WHAT), WHAT)[0], WHAT);
  if (granted > 1n) throw malformed(WHAT, `the authority did not grant it (status ${granted})`);
  const [type, wrapped] = readChildren(expectTag(token, TAG.sequence, WHAT), WHAT);
  if (readObjectIdentifier(type, WHAT) !== '1.2.840.113549.1.7.2') throw malformed(WHAT, 'not CMS SignedData');
  const signedData = readChildren(
    expectTag(readChildren(expectTag(wrapped, TAG.context0, WHAT), WHAT)[0], TAG.sequence, WHAT),
    WHAT,
  );
  const content = readChildren(expectTag(signedData[2], TAG.sequence, WHAT), WHAT);
  if (readObjectIdentifier(content[0], WHAT) !== '1.2.840.113549.1.9.16.1.4')
    throw malformed(WHAT, 'its content is not TSTInfo');
  const tstInfo = expectTag(
    readChildren(expectTag(content[1], TAG.context0, WHAT), WHAT)[0],
    TAG.octetString,
    WHAT,
  ).contents;
  const certificates = signedData
    .slice(3)
    .filter((element) => element.tag === TAG.context0)
    .flatMap((element) =>
      readChildren(element, WHAT)
        .slice(0, 16)
        .map((certificate) => parseCertificate(certificate.bytes)),
    );
  const signers = readChildren(expectTag(signedData.at(-1), TAG.set, WHAT), WHAT);
  if (signers.length !== 1) throw malformed(WHAT, 'expected exactly one signer');
  return {
    ...readTstInfo(tstInfo),
    ...readSignerInfo(expectTag(signers[0], TAG.sequence, WHAT)),
    tstInfo,
    certificates,
  };
}

function readTstInfo(bytes: Uint8Array): Pick<TimestampToken, 'time' | 'accuracyMs' | 'imprintHash' | 'imprint'> {
  const fields = readChildren(expectTag(readDer(bytes, 'TSTInfo'), TAG.sequence, 'TSTInfo'), 'TSTInfo');
  if (readUnsignedInteger(fields[0], 'TSTInfo') !== 1n) throw malformed('TSTInfo', 'only version 1 is known');
  const [algorithm, digest] = readChildren(expectTag(fields[2], TAG.sequence, 'TSTInfo'), 'TSTInfo');
  const imprintHash =
    HASHES[readObjectIdentifier(readChildren(expectTag(algorithm, TAG.sequence, 'TSTInfo'))[0], 'TSTInfo')];
  if (imprintHash === undefined) throw malformed('TSTInfo', 'its hash algorithm is not SHA-256, SHA-384 or SHA-512');
  const accuracyMs = fields[5]?.tag === TAG.sequence ? readAccuracy(fields[5]) : undefined;
  return {
    ...(accuracyMs === undefined ? {} : { accuracyMs }),
    imprintHash,
    imprint: expectTag(digest, TAG.octetString, 'TSTInfo').contents,
    time: readTime(expectTag(fields[4], TAG.generalizedTime, 'TSTInfo'), 'TSTInfo'),
  };
}

const MILLIS = 0x80;
const MICROS = 0x81;

/** `Accuracy` (RFC 3161 §2.4.2): seconds, then thousandths and millionths from 1 to 999; each may be left out. */
function readAccuracy(element: DerElement): number {
  const parts = [...readChildren(element, 'TSTInfo')];
  const take = (tag: number, most: bigint): number => {
    const [first] = parts;
    if (first?.tag !== tag) return 0;
    parts.shift();
    const value = readUnsignedInteger({ ...first, tag: TAG.integer }, 'TSTInfo');
    if (value > most || (tag !== TAG.integer && value === 0n))
      throw malformed('TSTInfo', `its accuracy has a part of ${value}, expected at most ${most}`);
    return Number(value);
  };
  const seconds = take(TAG.integer, 0x7fff_ffffn);
  const millis = take(MILLIS, 999n);
  const micros = take(MICROS, 999n);
  if (parts.length > 0)
    throw malformed('TSTInfo', 'its accuracy has other parts than seconds, thousandths and millionths');
  return seconds * 1000 + millis + (micros > 0 ? 1 : 0);
}

type SignerFields = Omit<
  TimestampToken,
  'time' | 'accuracyMs' | 'imprintHash' | 'imprint' | 'tstInfo' | 'certificates'
>;

function readSignerInfo(info: DerElement): SignerFields {
  const [, identifier, digestAlgorithm, attributes, signatureAlgorithm, signature] = readChildren(info, WHAT);
  const [issuer, serial] = readChildren(expectTag(identifier, TAG.sequence, WHAT), WHAT);
  const digestHash =
    HASHES[readObjectIdentifier(readChildren(expectTag(digestAlgorithm, TAG.sequence, WHAT))[0], WHAT)];
  if (digestHash === undefined) throw malformed(WHAT, 'its digest algorithm is not supported');
  const oid = readObjectIdentifier(readChildren(expectTag(signatureAlgorithm, TAG.sequence, WHAT))[0], WHAT);
  const signatureHash = oid === RSA_ENCRYPTION || oid === EC_PUBLIC_KEY ? digestHash : SIGNATURE_HASHES[oid];
  if (signatureHash === undefined) throw malformed(WHAT, `signature algorithm ${oid} is not supported`);
  const signed = expectTag(attributes, TAG.context0, WHAT);
  const values = readAttributes(signed);
  const contentType = values.get('1.2.840.113549.1.9.3');
  if (contentType === undefined || readObjectIdentifier(contentType, WHAT) !== '1.2.840.113549.1.9.16.1.4')
    throw malformed(WHAT, 'the signed content type is not TSTInfo');
  const signingCertificate = readSigningCertificate(values);
  return {
    // RFC 5652 §5.4: signed as SET OF, though carried with the implicit tag [0].
    signedAttributes: Buffer.concat([Buffer.from([TAG.set]), signed.bytes.subarray(1)]),
    messageDigest: expectTag(values.get('1.2.840.113549.1.9.4'), TAG.octetString, WHAT).contents,
    digestHash,
    signatureHash,
    signature: expectTag(signature, TAG.octetString, WHAT).contents,
    signerIssuer: expectTag(issuer, TAG.sequence, WHAT).bytes,
    signerSerial: readUnsignedInteger(serial, WHAT),
    ...(signingCertificate === undefined ? {} : { signingCertificate }),
  };
}

function readAttributes(signed: DerElement): ReadonlyMap<string, DerElement> {
  const values = new Map<string, DerElement>();
  for (const attribute of readChildren(signed, WHAT)) {
    const [type, set] = readChildren(expectTag(attribute, TAG.sequence, WHAT), WHAT);
    const oid = readObjectIdentifier(type, WHAT);
    const [value, ...more] = readChildren(expectTag(set, TAG.set, WHAT), WHAT);
    if (values.has(oid) || value === undefined || more.length > 0)
      throw malformed(WHAT, `attribute ${oid} must have exactly one value`);
    values.set(oid, value);
  }
  return values;
}

function readSigningCertificate(values: ReadonlyMap<string, DerElement>): TimestampToken['signingCertificate'] {
  const v2 = values.get('1.2.840.113549.1.9.16.2.47');
  const v1 = values.get('1.2.840.113549.1.9.16.2.12');
  const value = v2 ?? v1;
  if (value === undefined) return undefined;
  const [list] = readChildren(expectTag(value, TAG.sequence, WHAT), WHAT);
  const parts = readChildren(
    expectTag(readChildren(expectTag(list, TAG.sequence, WHAT), WHAT)[0], TAG.sequence, WHAT),
    WHAT,
  );
  if (v2 === undefined) return { hash: 'sha1', digest: expectTag(parts[0], TAG.octetString, WHAT).contents };
  if (parts[0]?.tag === TAG.octetString) return { hash: 'sha256', digest: parts[0].contents };
  const hash = HASHES[readObjectIdentifier(readChildren(expectTag(parts[0], TAG.sequence, WHAT))[0], WHAT)];
  if (hash === undefined) throw malformed(WHAT, 'ESSCertIDv2 with an unknown hash');
  return { hash, digest: expectTag(parts[1], TAG.octetString, WHAT).contents };
}
