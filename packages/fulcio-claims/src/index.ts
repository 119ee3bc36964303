export { decodeCertificate } from './decode-certificate.ts';
export type { CertificateClaims, CertificateInput, CertificatePublicKey } from './decode-certificate.ts';
export {
  CLAIM_OIDS,
  ClaimsError,
  FULCIO_ARC,
  ISSUER_V1_OID,
  OTHER_NAME_OID,
  SUBJECT_ALTERNATIVE_NAME_OID,
  claimNames,
  decodeClaims,
  decodeSubjectAlternativeNames,
  describeIdentity,
  isClaimsError,
} from './extensions.ts';
export type {
  CertificateExtension,
  ClaimName,
  ClaimsErrorCode,
  ClaimsErrorDetails,
  DescribeIdentityOptions,
  FulcioClaims,
  IdentityProvider,
  SignerIdentity,
  SubjectAlternativeName,
} from './extensions.ts';
export { CertificateClaimsSchema, FulcioClaimsSchema } from './schemas.ts';
export { SCT_LIST_OID, decodeSignedCertificateTimestamps } from './signed-certificate-timestamps.ts';
export type { SctClaims } from './signed-certificate-timestamps.ts';
