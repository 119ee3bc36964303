// References and digests without the client: this entry loads nothing that can open a connection.
export type { Descriptor, Platform } from './descriptor.ts';
export { assertDigest, digestAlgorithm, digestHex, digestOf, isDigest, parseDigest } from './digest.ts';
export type { Digest, DigestAlgorithm } from './digest.ts';
export { isOciError, OciError } from './error.ts';
export type { OciErrorCode, OciErrorDetails } from './error.ts';
export { fallbackTag } from './fallback-tag.ts';
export { dockerHub, formatReference, isTag, parseReference, repositoryName } from './reference.ts';
export type { Reference, ReferenceDigest } from './reference.ts';
