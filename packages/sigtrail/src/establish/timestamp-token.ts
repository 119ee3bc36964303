import { type Certificate, parseCertificate, readCertificateData } from '../crypto/certificate.ts';
import {
  assertOneSpelling,
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
import { readHash, readSignerInfo, type SignerInfo } from './signer-info.ts';
import { fieldsOf } from './token-fields.ts';

/** An RFC 3161 timestamp token, parsed strictly; nothing in it is verified. */
export interface TimestampToken extends SignerInfo {
  readonly time: Date;
  /** By how much the authority's clock may be wrong, either way; rounded up to milliseconds. Absent if the authority does not say. */
  readonly accuracyMs?: number;
  readonly imprintHash: 'sha256' | 'sha384' | 'sha512';
  readonly imprint: Uint8Array;
  readonly tstInfo: Uint8Array;
  readonly certificates: readonly Certificate[];
}

/**
 * Parses a TimeStampResp (RFC 3161 §2.4.2), as cosign and bundles carry it, in the one spelling that DER allows: if this reader accepted others,
 * two readers could disagree about what a token says.
 *
 * @throws SigtrailError `invalid-certificate`
 */
export function parseTimestampToken(bytes: Uint8Array): TimestampToken {
  return readCertificateData(() => parseToken(bytes));
}

const WHAT = 'timestamp';
// A signer and the authorities above it; RFC 3161 only asks for the signer's certificate.
const MAX_CERTIFICATES = 16;

function parseToken(bytes: Uint8Array): TimestampToken {
  if (bytes.length > 65_536) throw malformed(WHAT, 'it is larger than 64 KiB');
  const response = readDer(bytes, WHAT);
  assertOneSpelling(response, WHAT);
  const [status, token] = fieldsOf(response, /^30 30$/, WHAT);
  const granted = readUnsignedInteger(fieldsOf(status, /^2( 30)?( 3)?$/, WHAT)[0], WHAT);
  if (granted > 1n) throw malformed(WHAT, `the authority did not grant it (status ${granted})`);
  const [type, wrapped] = fieldsOf(token, /^6 a0$/, WHAT);
  if (readObjectIdentifier(type, WHAT) !== '1.2.840.113549.1.7.2') throw malformed(WHAT, 'not CMS SignedData');
  // RFC 5652 §5.1: version, algorithms, content, then certificates and revocation lists if there are any, then signers.
  const signedData = fieldsOf(onlyChild(wrapped), /^2 31 30( a0)?( a1)? 31$/, WHAT);
  const [contentType, content] = fieldsOf(signedData[2], /^6 a0$/, WHAT);
  if (readObjectIdentifier(contentType, WHAT) !== '1.2.840.113549.1.9.16.1.4')
    throw malformed(WHAT, 'its content is not TSTInfo');
  const tstInfo = expectTag(onlyChild(content), TAG.octetString, WHAT).contents;
  const embedded = signedData[3]?.tag === TAG.context0 ? readChildren(signedData[3], WHAT) : [];
  if (embedded.length > MAX_CERTIFICATES) throw malformed(WHAT, `more than ${MAX_CERTIFICATES} certificates`);
  const signers = readChildren(expectTag(signedData.at(-1), TAG.set, WHAT), WHAT);
  if (signers.length !== 1) throw malformed(WHAT, 'expected exactly one signer');
  return {
    ...readTstInfo(tstInfo),
    ...readSignerInfo(signers[0]),
    tstInfo,
    certificates: embedded.map((certificate) => parseCertificate(certificate.bytes)),
  };
}

function onlyChild(element: DerElement | undefined): DerElement | undefined {
  const [only, ...others] = element === undefined ? [] : readChildren(element, WHAT);
  if (others.length > 0) throw malformed(WHAT, 'two values where one belongs');
  return only;
}

function readTstInfo(bytes: Uint8Array): Pick<TimestampToken, 'time' | 'accuracyMs' | 'imprintHash' | 'imprint'> {
  const info = readDer(bytes, 'TSTInfo');
  assertOneSpelling(info, 'TSTInfo');
  const [version, , messageImprint, , time, accuracy] = fieldsOf(
    info,
    /^2 6 30 2 18( 30)?( 1)?( 2)?( a0)?( a1)?$/,
    'TSTInfo',
  );
  if (readUnsignedInteger(version, 'TSTInfo') !== 1n) throw malformed('TSTInfo', 'only version 1 is known');
  const [algorithm, digest] = fieldsOf(messageImprint, /^30 4$/, 'TSTInfo');
  const imprintHash = readHash(algorithm, 'TSTInfo');
  if (imprintHash === undefined) throw malformed('TSTInfo', 'its hash algorithm is not SHA-256, SHA-384 or SHA-512');
  const accuracyMs = accuracy?.tag === TAG.sequence ? readAccuracy(accuracy) : undefined;
  return {
    ...(accuracyMs === undefined ? {} : { accuracyMs }),
    imprintHash,
    imprint: expectTag(digest, TAG.octetString, 'TSTInfo').contents,
    time: readTime(expectTag(time, TAG.generalizedTime, 'TSTInfo'), 'TSTInfo'),
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
    throw malformed('TSTInfo', 'its accuracy has parts that are not seconds, thousandths or millionths');
  return seconds * 1000 + millis + (micros > 0 ? 1 : 0);
}
