// The names of claims and errors: this entry reads no certificate.
export { claimNames } from './claim-names.ts';
export type { ClaimName } from './claim-names.ts';
export { ClaimsError, isClaimsError } from './error.ts';
export type { ClaimsErrorCode, ClaimsErrorDetails } from './error.ts';
