import { requireBytes } from '@sigtrail/encoding';
import { type SignedCertificateTimestamp, readSctList } from './certificate/sct.ts';

/** OID of the list of SCTs that a CA embeds in a certificate (RFC 6962 §3.3). */
export const SCT_LIST_OID = '1.3.6.1.4.1.11129.2.4.2';

/** A CT log's promise to log this certificate, as plain JSON. Unverified: it proves nothing until it has been checked with a trusted log's key. */
export interface SctClaims {
  /** Lower-case hexadecimal id of the log. */
  readonly logId: string;
  /** RFC 3339, with milliseconds. */
  readonly timestamp: string;
  /** TLS 1.2 code points: 4 is SHA-256. */
  readonly hashAlgorithm: number;
  /** TLS 1.2 code points: 3 is ECDSA, 1 is RSA. */
  readonly signatureAlgorithm: number;
  /** Base64. */
  readonly signature: string;
  /** Base64 of the extensions: tile-based logs keep the leaf index there. */
  readonly extensions?: string;
}

/**
 * Decodes the contents of an SCT list extension. An SCT of an unknown version is refused, as verification refuses it.
 *
 * @throws ClaimsError `invalid-der` for anything cut off, left over or of an unknown version
 */
export function decodeSignedCertificateTimestamps(extnValue: Uint8Array): SctClaims[] {
  requireBytes(extnValue, 'decodeSignedCertificateTimestamps', 'extnValue');
  return readSctList(extnValue).map(describe);
}

function describe(sct: SignedCertificateTimestamp): SctClaims {
  const { hashAlgorithm, signatureAlgorithm, extensions } = sct;
  return {
    logId: Buffer.from(sct.logId).toString('hex'),
    timestamp: sct.timestamp.toISOString(),
    hashAlgorithm,
    signatureAlgorithm,
    signature: Buffer.from(sct.signature).toString('base64'),
    ...(extensions.byteLength === 0 ? {} : { extensions: Buffer.from(extensions).toString('base64') }),
  };
}
