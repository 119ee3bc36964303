import type { CandidateReport } from 'sigtrail';

/** Told of each row as it comes, with the reports that it sums up. */
export type Observe<Row> = (row: Row, candidates: readonly CandidateReport[]) => void;

/** The candidate's report that a refusal carries. */
export function candidatesOf(report: unknown): readonly CandidateReport[] {
  return typeof report === 'object' && report !== null && 'checks' in report ? [report as CandidateReport] : [];
}
