import { der } from './der.ts';
import { generateKeyPair, type KeyPair, sha256 } from './key-pair.ts';

/** A certificate-transparency log that signs SCTs (RFC 6962 §3.2). */
export interface CertificateLog {
  readonly key: KeyPair;
  readonly logId: Uint8Array;
  /** The serialised SCT of a precertificate. */
  issueSct(tbs: Uint8Array, issuerSpki: Uint8Array, time: Date): Uint8Array;
}

/** Starts a log with a key of its own. */
export async function createCertificateLog(): Promise<CertificateLog> {
  const key = await generateKeyPair('p256');
  const logId = sha256(key.spki);
  return {
    key,
    logId,
    issueSct: (tbs, issuerSpki, time) => {
      const timestamp = Buffer.alloc(8);
      timestamp.writeBigUInt64BE(BigInt(time.getTime()));
      const length = Buffer.from([tbs.length >> 16, (tbs.length >> 8) & 0xff, tbs.length & 0xff]);
      const signature = key.sign(
        Buffer.concat([
          Buffer.from([0, 0]),
          timestamp,
          Buffer.from([0, 1]),
          sha256(issuerSpki),
          length,
          tbs,
          Buffer.from([0, 0]),
        ]),
      );
      return Buffer.concat([
        Buffer.from([0]),
        logId,
        timestamp,
        Buffer.from([0, 0, 4, 3, signature.length >> 8, signature.length & 0xff]),
        signature,
      ]);
    },
  };
}

/** The value of the SCT list extension. */
export function sctList(scts: readonly Uint8Array[]): Uint8Array {
  const items = Buffer.concat(
    scts.map((sct) => Buffer.concat([Buffer.from([sct.length >> 8, sct.length & 0xff]), sct])),
  );
  return der(0x04, Buffer.from([items.length >> 8, items.length & 0xff]), items);
}
