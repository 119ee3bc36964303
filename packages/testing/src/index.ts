export type { VerifiedImage } from 'sigtrail';
export { type FakeProxy, type FakeProxyOptions, type ProxyRecord, startProxy } from './proxy/proxy.ts';
export type { Access, BasicAccess, BearerAccess } from './registry/access.ts';
export type { NewReferrer } from './registry/attach-referrer.ts';
export type { RegistryBehaviour, RegistryOptions, RegistryTls } from './registry/behaviour.ts';
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
export type { ContentDescriptor, StoredManifest } from './registry/stored-manifest.ts';
export type { BundleContent, BundleJson, BundleOptions } from './sigstore/bundle.ts';
export type { Json, JsonObject } from './sigstore/canonical-json.ts';
export type { CertificateOptions, IssuedCertificate } from './sigstore/certificate.ts';
export {
  type CaCertificateOptions,
  type CertificateAuthority,
  type CertificateAuthorityOptions,
  createCertificateAuthority,
} from './sigstore/certificate-authority.ts';
export { type CtLog, type CtLogOptions, createCtLog, type SctRequest } from './sigstore/ct-log.ts';
export type { EntryBody, EntryKind } from './sigstore/entry-body.ts';
export { GITHUB_ISSUER, GITHUB_WORKFLOW, type GithubWorkflowRun } from './sigstore/github-workflow-run.ts';
export type { GitlabPipelineRun } from './sigstore/gitlab-pipeline-run.ts';
export {
  generateKeyPair,
  type HashName,
  type KeyKind,
  type MlDsaKind,
  type KeyPair,
  keyPairOf,
  type SigningOptions,
  signBytes,
} from './sigstore/key-pair.ts';
export {
  type LegacyAttestationOptions,
  type LegacyLayer,
  type LegacyOptions,
  type LegacySignatureOptions,
  type LegacyTamper,
  simpleSigningPayload,
} from './sigstore/legacy-layer.ts';
export type { LogUse, TlogEntryJson } from './sigstore/log-use.ts';
export {
  type BundleManifestOptions,
  bundleManifest,
  type ManifestSink,
  type PackedManifest,
  pushManifest,
  signatureManifest,
} from './sigstore/packed-manifest.ts';
export type { PackedDescriptor } from './sigstore/packed-descriptor.ts';
export { entryResponse } from './sigstore/rekor-responses.ts';
export type { EntryResponse, EntryResponseValue } from './sigstore/entry-response.ts';
export type { Signer } from './sigstore/signer.ts';
export { type NoteSigner, signNote } from './sigstore/signed-note.ts';
export { createSigstore, type FakeSigstore, type SigstoreOptions } from './sigstore/sigstore.ts';
export type { SigstoreParts } from './sigstore/sigstore-parts.ts';
export type { RekorIndex } from './sigstore/rekor-index.ts';
export {
  type FakeRekor,
  type RekorAnswer,
  type RekorLie,
  type RekorRequest,
  startRekor,
} from './sigstore/start-rekor.ts';
export { type FakeRekorV2, startRekorV2, type TileAnswer, type TileLie } from './sigstore/start-rekor-v2.ts';
export { COSIGN_SIGN, type StatementOptions, statementBytes } from './sigstore/statement.ts';
export type { SubjectAlternativeName } from './sigstore/subject-alternative-name.ts';
export {
  createTimestampAuthority,
  type TimestampAuthority,
  type TimestampAuthorityOptions,
} from './sigstore/timestamp-authority.ts';
export type { TimestampUse } from './sigstore/timestamp-token.ts';
export { createLog, type LogOptions } from './sigstore/transparency-log.ts';
export type { InclusionProof, AppendedEntry, TransparencyLog } from './sigstore/log.ts';
export { issueTlsCertificate, type TlsCertificate, type TlsCertificateOptions } from './sigstore/tls-certificate.ts';
export type {
  AuthorityJson,
  LogInstanceJson,
  TrustedRootJson,
  TrustedRootOptions,
  ValidForJson,
} from './sigstore/trusted-root.ts';
export type { Validity } from './sigstore/validity.ts';
export type { ExtensionParts, KeyUsage } from './sigstore/x509.ts';
export { type VerifiedImageForTests, verifiedImageForTests } from './verified-image.ts';
export { attachBundle, attachEnvelope, attachLayers } from './signing/attach.ts';
export { type AttestationManifest, attestationManifest, buildkitStatements } from './signing/buildkit.ts';
export type { AttestOptions } from './signing/attest.ts';
export type { SignatureFlaw } from './signing/flaw.ts';
export type { MintOptions } from './signing/minting.ts';
export { type PushedImage, type PushedManifest, pushImage, type PushImageOptions } from './signing/push-image.ts';
export { EMAIL_ISSUER, type SignAs } from './signing/sign-as.ts';
export type { Signed, SignImageOptions } from './signing/sign-image.ts';
export {
  startTufRepository,
  type TufAnswer,
  type TufPublishOptions,
  type TufRepository,
  type TufRole,
} from './tuf/start-tuf-repository.ts';
