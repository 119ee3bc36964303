import type { CandidateReport, SigtrailError } from 'sigtrail';

/** Told of each row as it comes, with the reports that it sums up. */
export type Observe<Row> = (row: Row, candidates: readonly CandidateReport[]) => void;

/** The report of the bundle that a refusal carries. */
export function candidatesOf({ candidate }: SigtrailError): readonly CandidateReport[] {
  return candidate === undefined ? [] : [candidate];
}
