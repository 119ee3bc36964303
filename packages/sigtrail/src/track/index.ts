export type { FulcioClaims, SubjectAlternativeName } from '@sigtrail/fulcio-claims/extensions';
export type {
  DecodeSigner,
  EntryCheck,
  EntryProvenance,
  ExpectedSigner,
  LogEvidence,
  TransparencyLogEntryJson,
  WatchedIdentity,
  WatchedImage,
  WatchRun,
  WatchSink,
  WatchStore,
} from '@sigtrail/rekor';
export type { Location } from '@sigtrail/triangulate';
export type { TranscriptEntry } from 'oci-client-lite';
export type { CallOptions, VerifierOptions } from '../options.ts';
export type { CandidateFormat, Problem, TrustSource } from '../report/report.ts';
export { decodeSigner } from './decode-signer.ts';
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
} from './image-track.ts';
export { ImageTrackSchema } from './image-track-schema.ts';
export type { LogAddress } from './log-clients.ts';
export { timelineOf, TimelineSchema } from './timeline.ts';
export type {
  SigningStrength,
  Timeline,
  TimelineChange,
  TimelineEvent,
  TimelineGaps,
  TimelineSigner,
  TimelineSource,
} from './timeline.ts';
export { trackImage } from './track-verbs.ts';
export type { TrackImageOptions } from './track-verbs.ts';
export type { TrackOptions } from './track-image.ts';
export type { RepositoryTrack, TrackRepositoryOptions } from './track-repository.ts';
export type { ImageWatchRun, WatchOptions } from './watch-images.ts';
