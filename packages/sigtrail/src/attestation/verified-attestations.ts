import type { StatementSubject } from '../evidence/statement.ts';
import type {
  AcceptedStatement,
  AttestationsReport,
  VerifiedAttestationsReport,
} from '../report/attestations-report.ts';
import { reportError } from '../report/report-error.ts';
import type { PredicateOf, PredicateType } from './predicate-types.ts';

/** An attestation that a request accepted. */
export interface AcceptedAttestation<P = unknown> extends AcceptedStatement {
  /** The subjects of the statement; the image is one of them. */
  readonly subject: readonly StatementSubject[];
  readonly predicate: P;
}

/** The attestations of an image that a request accepted, at least one. Only `verifyAttestations` returns them. */
export interface VerifiedAttestations<T extends PredicateType = PredicateType> {
  /** `repository@digest`: what was verified; deploy this, never the tag. */
  readonly reference: string;
  readonly repository: string;
  readonly digest: string;
  readonly attestations: readonly [
    AcceptedAttestation<PredicateOf<T>>,
    ...(readonly AcceptedAttestation<PredicateOf<T>>[]),
  ];
  readonly report: VerifiedAttestationsReport;
}

/** The result of an evaluation. */
export interface EvaluatedAttestations {
  readonly report: AttestationsReport;
  readonly attestations: readonly AcceptedAttestation[];
}

/** The only way from a report to `VerifiedAttestations`. @throws SigtrailError `unsigned`, `no-match`, `image-not-found`, `indeterminate` */
export function assertAttested<T extends PredicateType>({
  report,
  attestations,
}: EvaluatedAttestations): VerifiedAttestations<T> {
  if (report.verdict !== 'verified') throw reportError(report);
  const { reference, repository, digest } = report;
  // Each was parsed by the schema of its type before it was accepted.
  const [first, ...rest] = attestations as readonly AcceptedAttestation<PredicateOf<T>>[];
  if (first === undefined) throw new Error('a verified report without attestations');
  return { reference, repository, digest, attestations: [first, ...rest], report };
}
