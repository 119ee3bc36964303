import { sameBytes } from '@sigtrail/encoding';
import { type Certificate, isSignedBy } from '../crypto/certificate.ts';

/** By name and signature; no time, no constraint. For chains that a caller trusts, which are read once. */
export function isIssuedBy(certificate: Certificate, issuer: Certificate): boolean {
  return sameBytes(issuer.subject, certificate.issuer) && isSignedBy(certificate, issuer);
}
