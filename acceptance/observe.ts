import type { CandidateReport, SigtrailError } from 'sigtrail';

/** Called with each row as it comes, and with the reports that it sums up. */
export type Observe<Row> = (row: Row, candidates: readonly CandidateReport[]) => void;

/** The report of the bundle that a refusal carries. */
export function candidatesOf({ candidate }: SigtrailError): readonly CandidateReport[] {
  return candidate === undefined ? [] : [candidate];
}
