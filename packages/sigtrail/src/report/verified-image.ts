import type { ImageReport, VerifiedImage } from './image-report.ts';
import { reportError } from './report-error.ts';

/**
 * The only way from a report to a `VerifiedImage`.
 *
 * @throws SigtrailError `unsigned`, `only-attestations`, `no-match`, `image-not-found`, `indeterminate`
 */
export function assertVerified(report: ImageReport): VerifiedImage {
  if (report.verdict !== 'verified') throw reportError(report);
  const { reference, repository, digest, signatures } = report;
  // The brand exists only in the type, and only this place adds it.
  return { reference, repository, digest, signatures, report } as unknown as VerifiedImage;
}
