import type { AcceptedSignature, CandidateReport, TrustSource } from './report.ts';

/** A bundle that the policy accepted. */
export interface VerifiedBundle {
  readonly signature: AcceptedSignature;
  readonly report: CandidateReport;
  /** Where the trust anchors came from, and how old they are. */
  readonly trust: TrustSource;
}
