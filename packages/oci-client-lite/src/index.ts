export type {
  Credentials,
  ExplicitCredentials,
  Keychain,
  NotFoundRetry,
  OciClientOptions,
  OciWarning,
} from './client-options.ts';
export { createOciClient } from './client.ts';
export type { OciClient, ResolvedReference } from './client.ts';
export type { CacheOptions, ContentStore, StoredContent } from './content-cache.ts';
export type { Descriptor, Platform } from './descriptor.ts';
export { assertDigest, digestAlgorithm, digestHex, digestOf, isDigest, parseDigest } from './digest.ts';
export type { Digest, DigestAlgorithm } from './digest.ts';
export { isOciError, OciError } from './error.ts';
export type { OciErrorCode, OciErrorDetails } from './error.ts';
export { fallbackTag } from './fallback-tag.ts';
export type { ContainerConfig, FetchedConfig, ImageConfig } from './image-config.ts';
export { layoutRoot, openLayout } from './layout.ts';
export { parseManifest } from './manifest.ts';
export type { FetchedManifest, ImageIndex, ImageManifest, Manifest, ManifestSource } from './manifest.ts';
export type { Mirror } from './mirror.ts';
export { formatPlatform, hostPlatform, parsePlatform, selectPlatform } from './platform.ts';
export type { PlatformChoice, PlatformParts } from './platform.ts';
export { dockerHub, formatReference, isTag, parseReference, repositoryName } from './reference.ts';
export type { RealmPolicy } from './realm-policy.ts';
export type { DigestReference, Reference, ReferenceDigest, ReferenceOptions } from './reference.ts';
export type {
  Look,
  ManifestOptions,
  OciRepository,
  OpenBlob,
  ReadOptions,
  Referrer,
  ReferrerCarrier,
  Referrers,
  ReferrersLook,
  ReferrersOptions,
  Repository,
  ResolvedManifest,
} from './repository.ts';
export { fetchTransport } from '@sigtrail/http';
export type {
  ClientCertificate,
  FetchTransportOptions,
  ProxySelector,
  RateLimit,
  RequestEvent,
  Resolve,
  Transport,
  TransportRequest,
  TransportResponse,
} from '@sigtrail/http';
