import type { Report } from './any-report.ts';
import type { ProblemCode } from './codes.ts';
import type { RejectionReason, VerdictName } from './report.ts';

/** A verdict, and why it is not `verified`. */
export interface Conclusion {
  readonly verdict: VerdictName;
  /** The reason of a rejection, or the code of the first problem that left the verdict open. */
  readonly code?: RejectionReason | 'no-attestation' | ProblemCode;
}

/** What a report comes to. */
export function conclusionOf(report: Report): Conclusion {
  switch (report.verdict) {
    case 'verified':
      return { verdict: 'verified' };
    case 'rejected':
      return { verdict: 'rejected', code: report.reason };
    case 'indeterminate':
      return { verdict: 'indeterminate', code: report.problems[0].code };
  }
}
