// Whatever is imported from here is loaded with the package: `loaded-modules.test.ts` counts it. Everything else a user can
// ask for has an entry of its own: `policy/`, `policy-file/`, `trust/`, `track/`, `replay/`, `attestation/`, `render/`, `discover/`.
export { isSigtrailError, SigtrailError } from './error.ts';
export type { SigtrailErrorCode, SigtrailErrorDetails } from './error.ts';
export { createVerifier } from './verifier.ts';
export type { Verifier } from './verifier.ts';
export type { CloseOptions } from './session.ts';
export type {
  AnswerEnd,
  DecideEnd,
  DiscoverEnd,
  EstablishEnd,
  StageBasis,
  StageEnd,
  StageEvent,
  StageFailure,
  StageName,
  StageStart,
  WaitEnd,
} from './stage-event.ts';
export { inspectImage } from './inspect-image.ts';
export type { InspectImageOptions } from './inspect-image.ts';
export { evaluateImage, verifyImage } from './verify-image.ts';
export type { PlatformsOption, VerifyImageOptions } from './verify-image.ts';
export { verifyBundle } from './verify-bundle.ts';
export type { BundlePolicy, BundleSubject, VerifyBundleOptions } from './verify-bundle.ts';
export type { VerifiedBundle } from './report/verified-bundle.ts';
export type { GithubAttestations } from './discover/github-option.ts';
export type { SignedName } from './establish/signed-name.ts';
export type {
  BundleCallOptions,
  CallOptions,
  ImageCallOptions,
  LogLookup,
  NamedCallOptions,
  Stores,
  VerifierOptions,
} from './options.ts';
export type { VerifiedPlatform, VerifiedPlatforms } from './platforms/verified-platforms.ts';

export type { KeyInput, PublicJwk } from './keys/parse-key.ts';
export type { KeyResolver, ResolvedKey } from './keys/resolve-keys.ts';
export { deny } from './policy/callback.ts';
export type { Denial } from './policy/callback.ts';
export { githubWorkflow, gitlabPipeline } from './policy/ci-rules.ts';
export type { GithubWorkflow, GitlabPipeline } from './policy/ci-rules.ts';
export type { DeniedCertificate, DeniedIdentity, DeniedKey, DenyList } from './policy/deny-list.ts';
export { glob, re2 } from './policy/pattern.ts';
export type { GithubReleaseRule } from './policy/github-release.ts';
export type { Pattern } from './policy/pattern.ts';
export type {
  AnySignerPolicy,
  AttestedPolicy,
  IdentityRule,
  ImagePolicy,
  KeyRule,
  PkiRule,
  RequiredEvidence,
  SignedByPolicy,
  SignerRule,
  SignerRules,
} from './policy/policy.ts';
export type {
  ImageOutcome,
  JournalOption,
  ManyOptions,
  ManyProgress,
  PolicyFor,
  ReportedImage,
  UnansweredImage,
} from './many/image-outcome.ts';
export type { SignerOf } from './policy/signer-of.ts';

export type {
  AcceptedSignature,
  CallbackAnswer,
  CandidateFormat,
  CandidateReport,
  CertificateSigner,
  Check,
  CheckStatus,
  CosignBundle,
  InclusionPath,
  MissingFromSnapshot,
  KeySigner,
  PolicyOutcome,
  PolicyReason,
  PolicyStatus,
  Problem,
  SecondJudgement,
  Signer,
  TrustSource,
  UnverifiedClaims,
  VerdictName,
  VerifiedLogEntry,
  VerifiedTime,
  RefusedCandidate,
  RejectionReason,
  ReportBasis,
  ResolvedImage,
} from './report/report.ts';
export type { ImageInspection, InspectedCandidate, MissingEvidence } from './report/inspection.ts';
export type { Attachment } from './report/attachments.ts';
export type { OtherSignature } from './report/other-signatures.ts';
export type { PredicateType, PredicateTypeUri } from './attestation/predicate-types.ts';
export type { AttestationPath } from './evidence/listed-statement.ts';
export type { Report } from './report/any-report.ts';
export type { Conclusion } from './report/conclusion.ts';
export type {
  CheckCode,
  CheckName,
  KnownCheckCode,
  KnownCheckName,
  KnownProblemCode,
  KnownReasonCode,
  ProblemCode,
  ReasonCode,
} from './report/codes.ts';
export type {
  AcceptedStatement,
  AttestationsReport,
  IndeterminateAttestationsReport,
  RejectedAttestationsReport,
  VerifiedAttestationsReport,
} from './report/attestations-report.ts';
export type {
  ImageReport,
  IndeterminateImageReport,
  RejectedImageReport,
  VerifiedImage,
  VerifiedImageReport,
} from './report/image-report.ts';
export type {
  IndeterminatePlatformReport,
  IndeterminatePlatformsReport,
  PlatformReport,
  PlatformsReport,
  RejectedPlatformReport,
  RejectedPlatformsReport,
  VerifiedPlatformReport,
  VerifiedPlatformsReport,
} from './report/platforms-report.ts';
export { ImageInspectionSchema, ImageReportSchema } from './report/report-schema.ts';

// Types that a verifier's other methods and its options mention. What goes with them is in the entry of each concern.
export type { FulcioClaims, SubjectAlternativeName } from '@sigtrail/fulcio-claims/extensions';
export type { Find, ImageLocator, Location } from '@sigtrail/triangulate';
export type {
  ContentStore,
  ListingStore,
  OciClientOptions,
  SharedListingsOptions,
  TranscriptEntry,
} from 'oci-client-lite';
export type { AttestationRequest } from './attestation/request.ts';
export type { VerifiedAttestations } from './attestation/verified-attestations.ts';
export type { Capsule } from './replay/capsule.ts';
export type { ImageTrack } from './track/image-track.ts';
export type { LogAddress } from './track/log-clients.ts';
export type { TrackOptions } from './track/track-image.ts';
export type { RepositoryTrack, TrackRepositoryOptions } from './track/track-repository.ts';
export type { ImageWatchRun, WatchOptions } from './track/watch-images.ts';
export type { TrustInput } from './trust/load-trust.ts';
export type { Relaxation, TrustProfile } from './trust/profile.ts';
