export type { ArtifactFile, FetchedArtifact } from './artifact/artifact.ts';
export { writeArtifact } from './artifact/write-artifact.ts';
export type { WriteArtifactOptions } from './artifact/write-artifact.ts';
export type {
  ExplicitCredentials,
  FoundCredentials,
  Keychain,
  NotFoundRetry,
  OciClientOptions,
  OciWarning,
} from './registry/client-options.ts';
export type { Credentials } from './auth/credentials.ts';
export { createOciClient } from './client.ts';
export type { OciClient, ResolvedReference } from './client.ts';
export type { CacheOptions, ContentStore } from './content/content-cache.ts';
export type { Descriptor, Platform } from './content/descriptor.ts';
export { assertDigest, digestAlgorithm, digestHex, digestOf, isDigest, parseDigest } from './reference/digest.ts';
export type { Digest, DigestAlgorithm } from './reference/digest.ts';
export { isOciError, OciError } from './error.ts';
export type { OciErrorCode, OciErrorDetails } from './error.ts';
export { fallbackTag } from './reference/fallback-tag.ts';
export type { ContainerConfig, FetchedConfig, ImageConfig } from './content/image-config.ts';
export type { ListingStore, SharedListingsOptions } from './listings/listing-options.ts';
export { layoutRoot, openLayout } from './layout/layout.ts';
export { parseManifest } from './content/manifest.ts';
export type { FetchedManifest, ImageIndex, ImageManifest, Manifest, ManifestSource } from './content/manifest.ts';
export type { Mirror } from './registry/mirror.ts';
export {
  couldSelect,
  formatPlatform,
  hostPlatform,
  isSelectable,
  parsePlatform,
  selectableFor,
  selectPlatform,
} from './reference/platform.ts';
export type { PlatformChoice, PlatformName, PlatformParts } from './reference/platform.ts';
export { dockerHub, formatReference, isTag, parseReference, repositoryName } from './reference/reference.ts';
export { readRegistryFiles } from './registry-files/read-registry-files.ts';
export type { OptionsFromFiles, RegistryFiles } from './registry-files/read-registry-files.ts';
export type { RegistryRoute, RouteHost } from './registry/route.ts';
export type { RealmPolicy } from './auth/realm-policy.ts';
export type { DigestReference, Reference, ReferenceDigest, ReferenceOptions } from './reference/reference.ts';
export type {
  ManifestOptions,
  OciRepository,
  OpenBlob,
  ReadOptions,
  Referrer,
  ReferrerCarrier,
  Referrers,
  ReferrersListing,
  ReferrersOptions,
  Repository,
  ResolvedManifest,
  TagsOptions,
  TranscriptEntry,
} from './repository.ts';
export { fetchTransport } from '@sigtrail/http';
export type {
  ClientCertificate,
  FetchTransportOptions,
  GateAnswer,
  OriginAuthorities,
  Patience,
  ProxySelector,
  RateLimit,
  RequestEvent,
  RequestGate,
  Resolve,
  Transport,
  TransportRequest,
  TransportResponse,
} from '@sigtrail/http';
