import { createHash, type KeyObject } from 'node:crypto';
import { readScts as readEmbedded, type SignedCertificateTimestamp, TAG } from '@sigtrail/fulcio-claims/certificate';
import { type Certificate, OID, readCertificateData } from '../crypto/certificate.ts';
import type { Signatures } from './signatures.ts';

/** The SCTs embedded in a certificate, in order; empty if there is no such extension. */
export function readScts(certificate: Certificate): readonly SignedCertificateTimestamp[] {
  return readCertificateData(() => readEmbedded(certificate));
}

/**
 * Does this log's key sign this SCT over the precertificate (RFC 6962 §3.2: the TBS without the SCT extension, and the
 * hash of the issuing key)?
 */
export async function verifySct(
  sct: SignedCertificateTimestamp,
  { leaf, issuer }: { readonly leaf: Certificate; readonly issuer: Certificate },
  key: KeyObject,
  signatures: Signatures,
): Promise<boolean> {
  if (sct.hashAlgorithm !== 4) return false;
  const expected = key.asymmetricKeyType === 'rsa' ? 1 : 3;
  if (sct.signatureAlgorithm !== expected) return false;
  const tbs = precertificateTbs(leaf);
  const head = Buffer.alloc(12);
  head.writeBigUInt64BE(BigInt(sct.timestamp.getTime()), 2);
  head.writeUInt16BE(1, 10);
  const length = Buffer.from([tbs.length >> 16, (tbs.length >> 8) & 0xff, tbs.length & 0xff]);
  const extensionLength = Buffer.from([sct.extensions.length >> 8, sct.extensions.length & 0xff]);
  const signed = Buffer.concat([
    head,
    createHash('sha256').update(issuer.spki).digest(),
    length,
    tbs,
    extensionLength,
    sct.extensions,
  ]);
  return signatures.verify('sha256', signed, key, sct.signature);
}

/** Cuts the SCT extension out of the TBS bytes and re-encodes the three lengths around it; everything else stays byte for byte. */
export function precertificateTbs(leaf: Certificate): Buffer {
  const kept = leaf.extensions.filter((extension) => extension.oid !== OID.sct).map((extension) => extension.bytes);
  const list = wrap(TAG.sequence, Buffer.concat(kept));
  const fields = leaf.tbsFields.map((field) => (field.tag === TAG.context3 ? wrap(TAG.context3, list) : field.bytes));
  return wrap(TAG.sequence, Buffer.concat(fields));
}

function wrap(tag: number, contents: Uint8Array): Buffer {
  const { length } = contents;
  const size =
    length < 0x80
      ? [length]
      : length < 0x100
        ? [0x81, length]
        : length < 0x10000
          ? [0x82, length >> 8, length & 0xff]
          : [0x83, length >> 16, (length >> 8) & 0xff, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), contents]);
}
