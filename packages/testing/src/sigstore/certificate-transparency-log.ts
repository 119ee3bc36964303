import { createHash } from 'node:crypto';
import { derOctetString } from './der.ts';
import { generateKey, type SigningKey, signWith } from './signing-key.ts';

/** A certificate-transparency log: it signs, and keeps nothing. */
export interface CertificateTransparencyLog {
  readonly key: SigningKey;
  /** SHA-256 of the key (RFC 6962 §3.2). */
  readonly logId: Buffer;
  /** An SCT over a precertificate. */
  sign(precertificateTbs: Uint8Array, issuerSpki: Uint8Array, time: Date): Buffer;
}

/** Makes a log with a P-256 key. */
export async function createCertificateTransparencyLog(): Promise<CertificateTransparencyLog> {
  const key = await generateKey('p256');
  const logId = createHash('sha256').update(key.spki).digest();
  return {
    key,
    logId,
    sign(tbs, issuerSpki, time) {
      const timestamp = Buffer.alloc(8);
      timestamp.writeBigUInt64BE(BigInt(time.getTime()));
      const noExtensions = Buffer.alloc(2);
      const length = Buffer.from([tbs.length >> 16, (tbs.length >> 8) & 0xff, tbs.length & 0xff]);
      const issuerKeyHash = createHash('sha256').update(issuerSpki).digest();
      // v1, certificate_timestamp, time, precert_entry … (RFC 6962 §3.2)
      const signed = Buffer.concat([Buffer.from([0, 0]), timestamp, Buffer.from([0, 1]), issuerKeyHash, length, tbs, noExtensions]);
      const signature = signWith(key, signed);
      return Buffer.concat([Buffer.from([0]), logId, timestamp, noExtensions, Buffer.from([4, 3]), uint16(signature.length), signature]);
    },
  };
}

/** The contents of the SCT extension: a TLS list in an OCTET STRING (RFC 6962 §3.3). */
export function sctList(scts: readonly Uint8Array[]): Buffer {
  const items = Buffer.concat(scts.flatMap((sct) => [uint16(sct.length), sct]));
  return derOctetString(Buffer.concat([uint16(items.length), items]));
}

function uint16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 0xff]);
}
