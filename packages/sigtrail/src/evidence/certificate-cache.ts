import crypto from 'node:crypto';
import type { Certificate } from '../crypto/certificate.ts';
import { createLeastRecentlyUsed } from '../least-recently-used.ts';
import { type ReadCertificate, readCertificate } from './read-certificate.ts';

/**
 * Certificates that led to trust before, already parsed: parsing a leaf and importing its key takes longer than verifying its
 * signature. Keyed by the exact bytes, never by a serial number or a key identifier, which a stranger chooses.
 */
export interface CertificateCache {
  readonly read: ReadCertificate;
  /** Only for a certificate that an authority of the trusted root issued, so that strangers can't fill the cache. */
  keep(certificate: Certificate): void;
}

// A parsed leaf takes about ten times its bytes.
const GROWTH = 10;
const BYTES_OF_A_LEAF = 1024;
// A certificate that is much longer than Fulcio's is parsed anew each time.
const MAX_KEPT_BYTES = 4 * BYTES_OF_A_LEAF;

/** A cache of at most `maxBytes`. */
export function createCertificateCache(maxBytes: number = 16 * 1024 * 1024): CertificateCache {
  const certificates = createLeastRecentlyUsed<Certificate>(Math.floor(maxBytes / (GROWTH * MAX_KEPT_BYTES)));
  return {
    read: (bytes) =>
      (bytes.length > MAX_KEPT_BYTES ? undefined : certificates.get(nameOf(bytes))) ?? readCertificate(bytes),
    keep: (certificate) => {
      if (certificate.bytes.length <= MAX_KEPT_BYTES) certificates.set(nameOf(certificate.bytes), certificate);
    },
  };
}

function nameOf(bytes: Uint8Array): string {
  return crypto.hash('sha256', bytes, 'base64');
}
