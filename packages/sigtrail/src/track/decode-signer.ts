import { decodeClaims, decodeSubjectAlternativeNames } from '@sigtrail/fulcio-claims/extensions';
import type { DecodeSigner } from '@sigtrail/rekor';
import { findExtension, OID, parseCertificate } from '../crypto/certificate.ts';

/** Names and issuer in a certificate, for watchers. Unverified. Throws for a certificate that can't be read. */
export const decodeSigner: DecodeSigner = (bytes) => {
  const certificate = parseCertificate(bytes);
  const names = findExtension(certificate, OID.subjectAlternativeName);
  const { issuer } = decodeClaims(certificate.extensions);
  return {
    subjects: names === undefined ? [] : decodeSubjectAlternativeNames(names.value).map(({ value }) => value),
    ...(issuer === undefined ? {} : { issuer }),
  };
};
