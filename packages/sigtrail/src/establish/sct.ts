import { createHash, type KeyObject } from 'node:crypto';
import { type Certificate, findExtension, OID } from '../crypto/certificate.ts';
import type { Signatures } from './signatures.ts';
import { expectTag, malformed, readDer, TAG } from '../crypto/der.ts';

/** A signed certificate timestamp as the extension carries it (RFC 6962 §3.2). Not verified. */
export interface SignedCertificateTimestamp {
  readonly logId: Uint8Array;
  readonly timestamp: Date;
  readonly extensions: Uint8Array;
  readonly hashAlgorithm: number;
  readonly signatureAlgorithm: number;
  readonly signature: Uint8Array;
}

/** The SCTs embedded in a certificate, in order; none when the extension is absent. */
export function readScts(certificate: Certificate): readonly SignedCertificateTimestamp[] {
  const extension = findExtension(certificate, OID.sct);
  if (extension === undefined) return [];
  const list = Buffer.from(expectTag(readDer(extension.value, 'SCT list'), TAG.octetString, 'SCT list').contents);
  if (list.length < 2 || list.readUInt16BE(0) !== list.length - 2)
    throw malformed('SCT list', 'its length does not match');
  const found: SignedCertificateTimestamp[] = [];
  for (let offset = 2; offset < list.length; ) {
    const length = list.length >= offset + 2 ? list.readUInt16BE(offset) : -1;
    if (length < 0 || offset + 2 + length > list.length)
      throw malformed('SCT list', 'an entry is longer than the list');
    if (found.length >= 32) throw malformed('SCT list', 'more than 32 entries');
    found.push(readSct(list.subarray(offset + 2, offset + 2 + length)));
    offset += 2 + length;
  }
  return found;
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

function readSct(bytes: Buffer): SignedCertificateTimestamp {
  const what = 'SCT';
  if (bytes.length < 47) throw malformed(what, 'too short');
  if (bytes[0] !== 0) throw malformed(what, `version ${bytes[0]} is not known`);
  const extensionLength = bytes.readUInt16BE(41);
  const at = 43 + extensionLength;
  if (bytes.length < at + 4 || bytes.length !== at + 4 + bytes.readUInt16BE(at + 2))
    throw malformed(what, 'its lengths do not match');
  const milliseconds = bytes.readBigUInt64BE(33);
  if (milliseconds > 8_640_000_000_000_000n) throw malformed(what, 'a time that does not exist');
  return {
    logId: bytes.subarray(1, 33),
    timestamp: new Date(Number(milliseconds)),
    extensions: bytes.subarray(43, at),
    hashAlgorithm: bytes[at] ?? 0,
    signatureAlgorithm: bytes[at + 1] ?? 0,
    signature: bytes.subarray(at + 4),
  };
}

/** Cuts the SCT extension out of the TBS bytes and re-encodes the three lengths around it; everything else byte for byte. */
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
