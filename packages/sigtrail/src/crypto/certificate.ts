import {
  allowsKeyUsage as hasKeyUsage,
  basicConstraints as readBasicConstraints,
  type Certificate,
  decodePemCertificates as decodePem,
  extendedKeyUsages as readPurposes,
  parseCertificate as parse,
} from '@sigtrail/fulcio-claims/certificate';
import { SigtrailError } from '../error.ts';
import { toSigtrailError } from '../lower-errors.ts';
import { importSpki } from '../keys/public-key.ts';

export { findExtension, isSignedBy, OID, SIGNATURE_HASHES } from '@sigtrail/fulcio-claims/certificate';
export type { Certificate } from '@sigtrail/fulcio-claims/certificate';

/**
 * Parses one DER certificate by the strict reader.
 *
 * @throws SigtrailError `invalid-certificate`; with `later` also when its `publicKey` is first read
 */
export function parseCertificate(bytes: Uint8Array, keyImport: 'now' | 'later' = 'now'): Certificate {
  return readCertificateData(() => parse(bytes, { keyImport, importKey }));
}

/** The purposes of extKeyUsage, or `undefined` when the extension is absent. */
export function extendedKeyUsages(certificate: Certificate): readonly string[] | undefined {
  return readCertificateData(() => readPurposes(certificate));
}

/** True when keyUsage is absent or has the bit (0 digitalSignature … 5 keyCertSign; RFC 5280 §4.2.1.3). */
export function allowsKeyUsage(certificate: Certificate, bit: number): boolean {
  return readCertificateData(() => hasKeyUsage(certificate, bit));
}

/** basicConstraints: `cA` and the path length, if given. */
export function basicConstraints(certificate: Certificate): { readonly isCa: boolean; readonly pathLength?: number } {
  return readCertificateData(() => readBasicConstraints(certificate));
}

/** Certificates in PEM text, first to last. Anything but white space between or around the blocks is refused. */
export function decodePemCertificates(text: string): readonly Uint8Array[] {
  return readCertificateData(() => decodePem(text));
}

/** Turns a refusal of the certificate reader into this package's error, and keeps it as the cause. */
export function readCertificateData<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw toSigtrailError(cause, 'could not read the certificate');
  }
}

function importKey(spki: Uint8Array): ReturnType<typeof importSpki> {
  try {
    return importSpki(spki);
  } catch (cause) {
    throw new SigtrailError(
      'invalid-certificate',
      'the certificate is malformed: its public key has an unsupported type',
      { cause },
    );
  }
}
