import { type Certificate, parseCertificate } from '../crypto/certificate.ts';
import { FormatError } from './format-error.ts';

/** Reads a certificate that came with a signature. Nothing in it is verified. @throws FormatError `certificate-malformed` */
export type ReadCertificate = (bytes: Uint8Array) => Certificate;

/** Parses a certificate of a candidate, like `parseCertificate`. @throws FormatError `certificate-malformed` */
export function readCertificate(bytes: Uint8Array): Certificate {
  try {
    return parseCertificate(bytes);
  } catch (cause) {
    throw new FormatError('certificate-malformed', cause instanceof Error ? cause.message : 'not a certificate', {
      cause,
    });
  }
}
