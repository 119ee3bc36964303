import { requireBytes, requireObject } from '@sigtrail/encoding';
import type { ClaimsError } from '../error.ts';
import { type Certificate, findExtension } from './certificate.ts';
import { OID } from './oid.ts';
import { expectTag, malformed, readDer, TAG } from './der.ts';

/** A signed certificate timestamp as the extension carries it (RFC 6962 §3.2). Not verified. */
export interface SignedCertificateTimestamp {
  readonly logId: Uint8Array;
  readonly timestamp: Date;
  readonly extensions: Uint8Array;
  /** TLS 1.2 code points: 4 is SHA-256. */
  readonly hashAlgorithm: number;
  /** TLS 1.2 code points: 3 is ECDSA, 1 is RSA. */
  readonly signatureAlgorithm: number;
  readonly signature: Uint8Array;
}

const WHAT = 'SCT list';
const MAX_SCTS = 32;

/** The SCTs embedded in a certificate, in order; empty if there is no such extension. */
export function readScts(certificate: Certificate): readonly SignedCertificateTimestamp[] {
  requireObject(certificate, 'readScts', 'certificate', ['extensions']);
  const extension = findExtension(certificate, OID.sct);
  return extension === undefined ? [] : readSctList(extension.value);
}

/**
 * Reads the contents of an SCT list extension (RFC 6962 §3.3).
 *
 * @throws ClaimsError `invalid-der` for anything truncated, left over or of an unknown version, and for more than 32
 */
export function readSctList(extnValue: Uint8Array): readonly SignedCertificateTimestamp[] {
  requireBytes(extnValue, 'readSctList', 'extnValue');
  const list = Buffer.from(expectTag(readDer(extnValue, WHAT), TAG.octetString, WHAT).contents);
  if (list.length < 2 || list.readUInt16BE(0) !== list.length - 2) throw refusal('its length does not match');
  const found: SignedCertificateTimestamp[] = [];
  for (let offset = 2; offset < list.length; ) {
    const length = list.length >= offset + 2 ? list.readUInt16BE(offset) : -1;
    if (length < 0 || offset + 2 + length > list.length) throw refusal('an entry is longer than the list');
    if (found.length >= MAX_SCTS) throw refusal(`more than ${MAX_SCTS} entries`);
    found.push(readSct(list.subarray(offset + 2, offset + 2 + length)));
    offset += 2 + length;
  }
  return found;
}

function readSct(bytes: Buffer): SignedCertificateTimestamp {
  if (bytes.length < 47) throw refusal('an entry is too short');
  if (bytes[0] !== 0) throw refusal(`an entry has the unknown version ${bytes[0]}`);
  const extensionLength = bytes.readUInt16BE(41);
  const at = 43 + extensionLength;
  if (bytes.length < at + 4 || bytes.length !== at + 4 + bytes.readUInt16BE(at + 2))
    throw refusal('the lengths in an entry do not match');
  const milliseconds = bytes.readBigUInt64BE(33);
  if (milliseconds > 8_640_000_000_000_000n) throw refusal('an entry has a time that does not exist');
  return {
    logId: bytes.subarray(1, 33),
    timestamp: new Date(Number(milliseconds)),
    extensions: bytes.subarray(43, at),
    hashAlgorithm: bytes[at] ?? 0,
    signatureAlgorithm: bytes[at + 1] ?? 0,
    signature: bytes.subarray(at + 4),
  };
}

function refusal(why: string): ClaimsError {
  return malformed(WHAT, why, OID.sct);
}
