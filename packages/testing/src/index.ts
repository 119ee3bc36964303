export type { Access, BasicAccess, BearerAccess } from './registry/access.ts';
export type { NewReferrer } from './registry/attach-referrer.ts';
export type { RegistryBehaviour, RegistryOptions } from './registry/behaviour.ts';
export { digestOf } from './registry/digest.ts';
export type { ContentDigest, DigestAlgorithm } from './registry/digest.ts';
export type { Fault } from './registry/fault.ts';
export type { ActiveFault, FaultRule } from './registry/fault-rule.ts';
export type { LoadedLayout } from './registry/layout.ts';
export { descriptorOf, EMPTY_CONFIG, indexOf, manifestOf } from './registry/manifest-of.ts';
export type { ManifestExtras, ManifestPart } from './registry/manifest-of.ts';
export { MEDIA_TYPE } from './registry/media-type.ts';
export { fallbackTagOf } from './registry/referrers.ts';
export { startRegistry } from './registry/registry.ts';
export type { FakeRegistry } from './registry/registry.ts';
export type { RequestRecord } from './registry/request-record.ts';
export type { Route } from './registry/route.ts';
export type { ContentDescriptor } from './registry/stored-manifest.ts';
export { createAuthority } from './sigstore/certificate-authority.ts';
export type { CertificateAuthority, Leaf, LeafOptions, Name } from './sigstore/certificate-authority.ts';
export type { CertificateLog } from './sigstore/certificate-log.ts';
export type { KeyKind, KeyPair } from './sigstore/key-pair.ts';
export { createSigstore, DEFAULT_IDENTITY } from './sigstore/sigstore.ts';
export type {
  BundleJson,
  BundleOptions,
  CertificateOptions,
  FakeSigner,
  FakeSigstore,
  SignatureLayer,
  SignOptions,
} from './sigstore/sigstore.ts';
export { createTimestampAuthority } from './sigstore/timestamp-authority.ts';
export type { TimestampAuthority, TokenOptions } from './sigstore/timestamp-authority.ts';
export type { LogEntryJson, TransparencyLog } from './sigstore/transparency-log.ts';
export type { TrustedRootJson } from './sigstore/trusted-root.ts';
