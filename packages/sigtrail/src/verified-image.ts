import { SigtrailError, type SigtrailErrorCode } from './error.ts';
import type { ImageReport, VerifiedImage } from './report.ts';

/**
 * The only way from a report to a `VerifiedImage`.
 *
 * @throws SigtrailError `unsigned`, `only-attestations`, `no-match`, `image-not-found`, `indeterminate`
 */
export function assertVerified(report: ImageReport): VerifiedImage {
  const [first, ...rest] = report.signatures;
  const { reference, repository, digest } = report;
  if (
    report.verdict === 'verified' &&
    first !== undefined &&
    reference !== undefined &&
    repository !== undefined &&
    digest !== undefined
  )
    return { reference, repository, digest, signatures: [first, ...rest], report };
  throw new SigtrailError(codeOf(report), explain(report), { report });
}

function codeOf({ reason, problems }: ImageReport): SigtrailErrorCode {
  if (reason !== undefined) return reason;
  return problems[0]?.code === 'image-not-found' ? 'image-not-found' : 'indeterminate';
}

function explain({ requested, reason, candidates, problems }: ImageReport): string {
  switch (reason) {
    case 'unsigned':
      return `${requested} is not signed: every location where a signature could be was read and has none`;
    case 'only-attestations':
      return `${requested} has ${candidates.length} attestation(s) but no signature; a policy may accept an attestation as signature by its predicate type`;
    case 'no-match':
      return `${requested} has ${candidates.length} candidate signature(s), none accepted: ${[...new Set(candidates.map(({ refusedBecause }) => refusedBecause))].join(', ')}`;
    default:
      return `${requested} could not be judged: ${problems.map(({ message }) => message).join('; ')}`;
  }
}
