import type { AcceptedSignature, CandidateReport } from './report.ts';

/** A bundle that the policy accepted. */
export interface VerifiedBundle {
  readonly signature: AcceptedSignature;
  readonly report: CandidateReport;
}
