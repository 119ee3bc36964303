export type { Triangulation } from '@sigtrail/triangulate/names';
export type { ImagePolicy } from '../policy/policy.ts';
export type { Report } from '../report/any-report.ts';
export type { ImageReport } from '../report/image-report.ts';
export type { PlatformsReport } from '../report/platforms-report.ts';
export type { CallbackAnswer, Problem, ReplayNote, TrustSource } from '../report/report.ts';
export type { VerifyImageOptions } from '../verify-image.ts';
export type { TrustDocument } from '../trust/trusted-root.ts';
export { captureEvidence } from './capture-evidence.ts';
export {
  type Capsule,
  CapsuleSchema,
  parseCapsule,
  type RecordedDiscovery,
  type RecordedKey,
} from './capsule.ts';
export type { RecordedEntry } from './recorded-entry.ts';
export type { RecordedOptions } from './recorded-options.ts';
export { replay, type Replayed, type ReplayOptions } from './replay.ts';
