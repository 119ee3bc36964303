// Strict readers of certificates, for the verifier and for display. They load neither an X.509 library nor zod.
export { findExtension, isSignedBy, parseCertificate, SIGNATURE_HASHES } from './certificate.ts';
export type { Certificate, ParseCertificateOptions } from './certificate.ts';
export {
  expectTag,
  malformed,
  readChildren,
  readDer,
  readObjectIdentifier,
  readTime,
  readUnsignedInteger,
  TAG,
} from './der.ts';
export type { DerElement } from './der.ts';
export { ClaimsError, isClaimsError } from '../error.ts';
export type { ClaimsErrorCode, ClaimsErrorDetails } from '../error.ts';
export type { CertificateExtension } from './extension.ts';
export { OID } from './oid.ts';
export { assertOneSpelling } from './one-spelling.ts';
export { decodePemCertificates } from './pem.ts';
export { readScts, readSctList } from './sct.ts';
export type { SignedCertificateTimestamp } from './sct.ts';
export { allowsKeyUsage, basicConstraints, extendedKeyUsages } from './usage.ts';
