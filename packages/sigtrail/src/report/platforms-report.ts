import type { IndeterminateImageReport, RejectedImageReport, VerifiedImageReport } from './image-report.ts';
import type { AcceptedSignature, Problem, RejectionReason, ReportBasis, ResolvedImage } from './report.ts';

/** What the report of every platform says. */
interface PlatformBasis {
  /** The platform of the manifest according to the index: `linux/amd64`. `unknown` if the index does not say, and for an image without an index. */
  readonly platform: string;
  readonly digest: string;
}

/** A manifest that the policy accepts. */
export interface VerifiedPlatformReport extends PlatformBasis {
  readonly verdict: 'verified';
  /** Whose signature covers it: its own, or the one of the index that lists it. */
  readonly by: 'own' | 'index';
  readonly report: VerifiedImageReport;
}

/** A manifest that the policy refuses. */
export interface RejectedPlatformReport extends PlatformBasis {
  readonly verdict: 'rejected';
  readonly report: RejectedImageReport;
}

/** A manifest about which nothing could be decided. */
export interface IndeterminatePlatformReport extends PlatformBasis {
  readonly verdict: 'indeterminate';
  readonly report: IndeterminateImageReport;
}

/** One manifest that a client could run, with the report about it. */
export type PlatformReport = VerifiedPlatformReport | RejectedPlatformReport | IndeterminatePlatformReport;

/** Every manifest that a client could run for these platforms was accepted. */
export interface VerifiedPlatformsReport extends ReportBasis, ResolvedImage {
  readonly kind: 'platforms';
  readonly verdict: 'verified';
  /**
   * `repository@digest` of the index. Only there if a signature covers the index itself, or if everything that any client could run
   * from it was verified; otherwise deploy what `platforms` names.
   */
  readonly index?: string;
  /** The signatures of the index itself, then those of its manifests. */
  readonly signatures: readonly [AcceptedSignature, ...AcceptedSignature[]];
  readonly platforms: readonly [VerifiedPlatformReport, ...VerifiedPlatformReport[]];
}

/** Everything was read, and a manifest that a client could run is refused. */
export interface RejectedPlatformsReport extends ReportBasis, ResolvedImage {
  readonly kind: 'platforms';
  readonly verdict: 'rejected';
  readonly reason: RejectionReason;
  readonly signatures: readonly [];
  readonly platforms: readonly [PlatformReport, ...PlatformReport[]];
}

/** Something could not be read, or the index lists too many manifests, or none for a platform that was asked for. */
export interface IndeterminatePlatformsReport extends ReportBasis, Partial<ResolvedImage> {
  readonly kind: 'platforms';
  readonly verdict: 'indeterminate';
  readonly problems: readonly [Problem, ...Problem[]];
  readonly signatures: readonly [];
  readonly platforms: readonly PlatformReport[];
}

/**
 * The whole answer of `evaluateImage` with `platforms`. Its own members (`candidates`, `policy`, `locations` …) are about what the reference
 * names, usually an index; `platforms` has a report for each manifest that a client could run.
 */
export type PlatformsReport = VerifiedPlatformsReport | RejectedPlatformsReport | IndeterminatePlatformsReport;
