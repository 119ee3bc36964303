import { sameBytes } from '@sigtrail/encoding';
import { type Certificate, isSignedBy } from '../crypto/certificate.ts';

/** Compares names and verifies the signature; no times, no constraints. For chains that a caller trusts, which are read once. */
export function isIssuedBy(certificate: Certificate, issuer: Certificate): boolean {
  return sameBytes(issuer.subject, certificate.issuer) && isSignedBy(certificate, issuer);
}
