import type { AcceptedSignature, Problem, RejectionReason, ReportBasis, ResolvedImage, Signer } from './report.ts';

/** The policy holds for the image. */
export interface VerifiedImageReport extends ReportBasis, ResolvedImage {
  readonly kind: 'image';
  readonly verdict: 'verified';
  /** `repository@digest`: deploy this, never the tag. */
  readonly reference: string;
  /** The signatures by which the policy holds. */
  readonly signatures: readonly [AcceptedSignature, ...AcceptedSignature[]];
  /** The index whose signature made this manifest accepted. */
  readonly inheritedFrom?: string;
}

/** Everything was read, and the policy doesn't hold. */
export interface RejectedImageReport extends ReportBasis, ResolvedImage {
  readonly kind: 'image';
  readonly verdict: 'rejected';
  readonly reason: RejectionReason;
  readonly signatures: readonly [];
}

/** Something could not be read or asked, and it may be decisive. The members of `ResolvedImage` are missing if the image could not be resolved. */
export interface IndeterminateImageReport extends ReportBasis, Partial<ResolvedImage> {
  readonly kind: 'image';
  readonly verdict: 'indeterminate';
  readonly problems: readonly [Problem, ...Problem[]];
  readonly signatures: readonly [];
}

/** The whole answer of `evaluateImage` about one image. Narrow it by `verdict`: only a verified report names what may be deployed. */
export type ImageReport = VerifiedImageReport | RejectedImageReport | IndeterminateImageReport;

declare const verified: unique symbol;

/**
 * An image that a policy accepted. Only `verifyImage` makes one: the brand keeps a hand-written object from passing for it.
 * Tests make one with `verifiedImageForTests` of `@sigtrail/testing`.
 */
export interface VerifiedImage<S extends Signer = Signer> {
  readonly [verified]: true;
  readonly reference: string;
  readonly repository: string;
  readonly digest: string;
  readonly signatures: readonly [AcceptedSignature<S>, ...AcceptedSignature<S>[]];
  readonly report: VerifiedImageReport;
}
