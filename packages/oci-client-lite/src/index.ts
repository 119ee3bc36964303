export type { Credentials, ExplicitCredentials, Keychain, OciClientOptions } from './client-options.ts';
export { createOciClient } from './client.ts';
export type { OciClient } from './client.ts';
export type { Descriptor, Platform } from './descriptor.ts';
export { assertDigest, digestAlgorithm, digestHex, digestOf, isDigest, parseDigest } from './digest.ts';
export type { Digest, DigestAlgorithm } from './digest.ts';
export { isOciError, OciError } from './error.ts';
export type { OciErrorCode, OciErrorDetails } from './error.ts';
export { fallbackTag } from './fallback-tag.ts';
export { layoutRoot, openLayout } from './layout.ts';
export { parseManifest } from './manifest.ts';
export type { FetchedManifest, ImageIndex, ImageManifest, Manifest, ManifestSource } from './manifest.ts';
export { dockerHub, formatReference, isTag, parseReference, repositoryName } from './reference.ts';
export type { RealmPolicy } from './realm-policy.ts';
export type { DigestReference, Reference, ReferenceDigest, ReferenceOptions } from './reference.ts';
export type {
  Look,
  ReadOptions,
  Referrer,
  ReferrerCarrier,
  Referrers,
  ReferrersLook,
  ReferrersOptions,
  Repository,
} from './repository.ts';
