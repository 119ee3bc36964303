import { readDer } from './der.ts';
import { ClaimsError } from './error.ts';

/** OID of the list of SCTs that a CA embeds in a certificate (RFC 6962 §3.3). */
export const SCT_LIST_OID = '1.3.6.1.4.1.11129.2.4.2';

/** A CT log's promise to log this certificate. Unverified: says nothing until a trusted log's key checked it. */
export interface SignedCertificateTimestamp {
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

const OCTET_STRING = 0x04;

/**
 * Decodes the contents of an SCT list extension. SCTs of versions other than v1 are left out, as RFC 6962 §3.3 asks.
 *
 * @throws ClaimsError `invalid-der` for anything cut off or with bytes left over
 */
export function decodeSignedCertificateTimestamps(extnValue: Uint8Array): SignedCertificateTimestamp[] {
  const { tag, contents } = readDer(extnValue);
  if (tag !== OCTET_STRING) throw refusal('is not an OCTET STRING');
  const list = tlsReader(contents);
  const items = tlsReader(list.vector());
  list.end();
  const timestamps: SignedCertificateTimestamp[] = [];
  while (!items.isAtEnd()) {
    const timestamp = decodeTimestamp(items.vector());
    if (timestamp !== undefined) timestamps.push(timestamp);
  }
  return timestamps;
}

function decodeTimestamp(bytes: Uint8Array): SignedCertificateTimestamp | undefined {
  const reader = tlsReader(bytes);
  if (reader.number(1) !== 0) return undefined;
  const logId = Buffer.from(reader.take(32)).toString('hex');
  const milliseconds = reader.number(8);
  // 8.64e15 ms is the last time that a Date can hold.
  if (milliseconds > 8.64e15) throw refusal('has a time out of range');
  const timestamp = new Date(milliseconds).toISOString();
  const extensions = reader.vector();
  const hashAlgorithm = reader.number(1);
  const signatureAlgorithm = reader.number(1);
  const signature = Buffer.from(reader.vector()).toString('base64');
  reader.end();
  return {
    logId,
    timestamp,
    hashAlgorithm,
    signatureAlgorithm,
    signature,
    ...(extensions.byteLength === 0 ? {} : { extensions: Buffer.from(extensions).toString('base64') }),
  };
}

interface TlsReader {
  take(length: number): Uint8Array;
  number(bytes: number): number;
  /** opaque<0..2^16-1> */
  vector(): Uint8Array;
  isAtEnd(): boolean;
  end(): void;
}

function tlsReader(bytes: Uint8Array): TlsReader {
  let offset = 0;
  const take = (length: number): Uint8Array => {
    if (offset + length > bytes.byteLength) throw refusal('is cut off');
    offset += length;
    return bytes.subarray(offset - length, offset);
  };
  const number = (length: number): number => take(length).reduce((sum, byte) => sum * 256 + byte, 0);
  return {
    take,
    number,
    vector: () => take(number(2)),
    isAtEnd: () => offset === bytes.byteLength,
    end() {
      if (offset !== bytes.byteLength) throw refusal('has bytes after its end');
    },
  };
}

function refusal(what: string): ClaimsError {
  return new ClaimsError('invalid-der', `list of signed certificate timestamps ${what}`, { oid: SCT_LIST_OID });
}
