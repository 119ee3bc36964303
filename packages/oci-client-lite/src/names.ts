// References and digests without the client: this entry loads nothing that can open a connection.
export type { Descriptor, Platform } from './content/descriptor.ts';
export { assertDigest, digestAlgorithm, digestHex, digestOf, isDigest, parseDigest } from './reference/digest.ts';
export type { Digest, DigestAlgorithm } from './reference/digest.ts';
export { isOciError, OciError } from './error.ts';
export type { OciErrorCode, OciErrorDetails } from './error.ts';
export { fallbackTag } from './reference/fallback-tag.ts';
export { checkClientOptions } from './registry/client-options.ts';
export type { OciClientOptions } from './registry/client-options.ts';
export { couldSelect, formatPlatform, isSelectable, parsePlatform, selectableFor } from './reference/platform.ts';
export type { PlatformChoice, PlatformName, PlatformParts } from './reference/platform.ts';
export { dockerHub, formatReference, isTag, parseReference, repositoryName } from './reference/reference.ts';
export type { RateLimit } from '@sigtrail/http';
export type { Reference, ReferenceDigest, ReferenceOptions } from './reference/reference.ts';
