// The hot path: pure functions over bytes, which load neither an X.509 library nor zod.
export { CLAIM_OIDS, FULCIO_ARC, ISSUER_V1_OID, OTHER_NAME_OID, claimNames } from './claim-names.ts';
export type { ClaimName } from './claim-names.ts';
export { decodeClaims } from './decode-claims.ts';
export type { CertificateExtension } from './certificate/extension.ts';
export type { FulcioClaims } from './decode-claims.ts';
export { ClaimsError, isClaimsError } from './error.ts';
export type { ClaimsErrorCode, ClaimsErrorDetails } from './error.ts';
export { SUBJECT_ALTERNATIVE_NAME_OID, decodeSubjectAlternativeNames } from './subject-alternative-names.ts';
export type { SubjectAlternativeName } from './subject-alternative-names.ts';
export { describeIdentity } from './describe-identity.ts';
export type { DescribeIdentityOptions, IdentityProvider, SignerIdentity } from './describe-identity.ts';
