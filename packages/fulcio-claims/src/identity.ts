// Describes signers in the same way for every provider: this entry reads no certificate.
export type { FulcioClaims } from './decode-claims.ts';
export { describeIdentity } from './describe-identity.ts';
export type { DescribeIdentityOptions, IdentityProvider, SignerIdentity } from './describe-identity.ts';
export type { SubjectAlternativeName } from './subject-alternative-names.ts';
