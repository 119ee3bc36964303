import type { PredicateTypeUri } from '../attestation/predicate-types.ts';
import type { AcceptedSignature, Problem, ReportBasis, ResolvedImage } from './report.ts';

/** A signature over a statement, which the request accepted. Its `payload` is the statement. */
export interface AcceptedStatement extends AcceptedSignature {
  readonly predicateType: PredicateTypeUri;
  readonly payload: string;
  readonly payloadType: string;
}

/** The image has the requested attestation. */
export interface VerifiedAttestationsReport extends ReportBasis, ResolvedImage {
  readonly kind: 'attestations';
  readonly verdict: 'verified';
  /** `repository@digest`: deploy this, never the tag. */
  readonly reference: string;
  readonly attestations: readonly [AcceptedStatement, ...AcceptedStatement[]];
}

/** Everything was read, and no attestation satisfies the request. */
export interface RejectedAttestationsReport extends ReportBasis, ResolvedImage {
  readonly kind: 'attestations';
  readonly verdict: 'rejected';
  /** `no-attestation`: the image has no attestation at all; it may still be signed. */
  readonly reason: 'no-attestation' | 'no-match';
  readonly attestations: readonly [];
}

/** Something could not be read or asked, and it may be decisive. */
export interface IndeterminateAttestationsReport extends ReportBasis, Partial<ResolvedImage> {
  readonly kind: 'attestations';
  readonly verdict: 'indeterminate';
  readonly problems: readonly [Problem, ...Problem[]];
  readonly attestations: readonly [];
}

/** The whole answer of `evaluateAttestations`. Narrow it by `verdict`. */
export type AttestationsReport =
  | VerifiedAttestationsReport
  | RejectedAttestationsReport
  | IndeterminateAttestationsReport;
