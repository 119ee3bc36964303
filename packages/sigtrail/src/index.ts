// What is reached from here by `import … from` is loaded with the package: `loaded-modules.test.ts` counts it.
export type { AttestationRequest } from './attestation/request.ts';
export { PREDICATE_ALIASES } from './attestation/predicate-types.ts';
export type { PredicateAlias, PredicateByUri, PredicateOf } from './attestation/predicate-types.ts';
export type {
  CycloneDxComponent,
  CycloneDxPredicate,
  SpdxDocument,
  SpdxGraph,
  SpdxPackage,
  SpdxPredicate,
} from './attestation/predicates/sbom.ts';
export type { ResourceDescriptor } from './attestation/predicates/shape.ts';
export type { Material, SlsaProvenanceV02, SlsaProvenanceV1 } from './attestation/predicates/slsa.ts';
export type {
  CosignCustomPredicate,
  LinkPredicate,
  TestResultPredicate,
} from './attestation/predicates/test-result.ts';
export type {
  CosignVulnPredicate,
  OpenVexPredicate,
  OpenVexStatement,
  VulnsPredicate,
} from './attestation/predicates/vulnerabilities.ts';
export type { AcceptedAttestation, VerifiedAttestations } from './attestation/verified-attestations.ts';
export { isSigtrailError, SigtrailError } from './error.ts';
export type { SigtrailErrorCode, SigtrailErrorDetails } from './error.ts';
export type { DeniedCertificate, DeniedIdentity, DeniedKey, DenyList } from './policy/deny-list.ts';
export type { KeyWindowInput } from './keys/key-window.ts';
export type { KeyInput } from './keys/parse-key.ts';
export type { KeyResolver, ResolvedKey } from './keys/resolve-keys.ts';
export type { SignedName } from './establish/check-name.ts';
export type { CallOptions, ImageCallOptions, LogLookup, NamedCallOptions, VerifierOptions } from './options.ts';
export { deny } from './policy/callback.ts';
export type {
  AcceptImage,
  AcceptPredicate,
  AcceptSignature,
  Answer,
  Callback,
  CallbackContext,
  Denial,
  ImageFacts,
  VerifiedAttestation,
} from './policy/callback.ts';
export { githubWorkflow, gitlabPipeline } from './policy/ci-rules.ts';
export type { GithubWorkflow, GitlabPipeline } from './policy/ci-rules.ts';
export { acceptImage, allOf, anyOf, atLeast, attested, not, notAffected, signedBy } from './policy/compose.ts';
export type { Matcher, SubjectMatcher, TextMatcher } from './policy/matcher.ts';
export { glob, re2, re2Search } from './policy/pattern.ts';
export type { Pattern } from './policy/pattern.ts';
export type {
  AcceptImagePolicy,
  AllOfPolicy,
  AnyOfPolicy,
  AnySignerPolicy,
  AtLeastPolicy,
  Attested,
  AttestedPolicy,
  ClaimName,
  IdentityRule,
  ImagePolicy,
  KeyRule,
  NotPolicy,
  PkiRule,
  PolicySettings,
  RequiredEvidence,
  SignedByPolicy,
  SignerRule,
  TimeBounds,
  Vex,
  VexPolicy,
  VexStatus,
} from './policy/policy.ts';
export type { Predicate, StandardSchema } from './policy/predicate.ts';
export { readSlsaProvenance, slsa } from './policy/slsa.ts';
export type { Slsa, SlsaMaterial, SlsaProvenance } from './policy/slsa.ts';
export { maxAge, notOlderThan, signedAfter } from './policy/time-bounds.ts';
export type { DatedImage, DatedSignature, TimeReference } from './policy/time-bounds.ts';
export { readVex } from './policy/vex.ts';
export type { VexStatement } from './policy/vex.ts';
export type {
  AcceptedSignature,
  CallbackAnswer,
  CandidateFormat,
  CandidateReport,
  CertificateSigner,
  Check,
  CheckStatus,
  CosignBundle,
  ImageInspection,
  ImageReport,
  KeySigner,
  PolicyOutcome,
  PlatformReport,
  Problem,
  Signer,
  SecondJudgement,
  TrustSource,
  UnverifiedClaims,
  VerdictName,
  VerifiedImage,
  VerifiedLogEntry,
  VerifiedTime,
} from './report/report.ts';
export {
  type Capsule,
  CapsuleSchema,
  parseCapsule,
  type RecordedDiscovery,
  type RecordedKey,
} from './replay/capsule.ts';
export type { RecordedEntry } from './replay/recorded-entry.ts';
export type { RecordedOptions } from './replay/recorded-options.ts';
export { replay, type ReplayOptions } from './replay/replay.ts';
export { ImageInspectionSchema, ImageReportSchema } from './report/report-schema.ts';
export type { SignerOf } from './policy/signer-of.ts';
export type { LoadedTrust, TrustInput, TrustProvider } from './trust/load-trust.ts';
export type { AuthorityProfile, Relaxation, TrustProfile } from './trust/profile.ts';
export { trustRoot } from './trust/trust-root.ts';
export type { CertificateAuthorityPart, LogPart, TimestampAuthorityPart, TrustParts } from './trust/trust-parts.ts';
export type { TrustedRoot } from './trust/trusted-root.ts';
export type { TrustedRootSource } from './trust/trusted-root-input.ts';
export { decodeSigner } from './track/decode-signer.ts';
export type {
  EntryRole,
  ImageTrack,
  Reconciliation,
  TrackedDigest,
  TrackedEntry,
  TrackedSignature,
  TrackedSigner,
  TrackQuestion,
  TrackSource,
} from './track/image-track.ts';
export { ImageTrackSchema } from './track/image-track-schema.ts';
export type { LogAddress } from './track/log-clients.ts';
export { timelineOf, TimelineSchema } from './track/timeline.ts';
export type { SigningStrength, Timeline, TimelineChange, TimelineEvent, TimelineSigner } from './track/timeline.ts';
export { trackImage } from './track/track-image-once.ts';
export type { TrackImageOptions } from './track/track-image-once.ts';
export type { TrackOptions } from './track/track-image.ts';
export type { RepositoryTrack, TrackRepositoryOptions } from './track/track-repository.ts';
export type { ImageWatchRun, WatchOptions } from './track/watch-images.ts';
export type { BundlePolicy, BundleSubject, VerifiedBundle } from './verify-bundle.ts';
export { verifyBundle } from './verify-bundle.ts';
export { evaluateAttestations, verifyAttestations } from './verify-attestations.ts';
export type { VerifyAttestationsOptions } from './verify-attestations.ts';
export { captureEvidence, evaluateImage, inspectImage, verifyImage } from './verify-image.ts';
export type { InspectImageOptions, PlatformsOption, VerifyImageOptions } from './verify-image.ts';
export type { VerifiedPlatform, VerifiedPlatforms } from './platforms/verified-platforms.ts';
export { createVerifier } from './verifier.ts';
export type { Verifier } from './verifier.ts';
export { nameAttachment, triangulateImage } from './discover/triangulate-image.ts';
export {
  dependentSteps,
  findsOf,
  gapsOf,
  isAbsent,
  parsePlatform,
  TriangulationSchema,
} from '@sigtrail/triangulate/names';
export type {
  AttachmentOptions,
  AttachmentType,
  Find,
  FindKind,
  Location,
  ManifestNode,
  TriangulateOptions,
  Triangulated,
  Triangulation,
} from '@sigtrail/triangulate';
