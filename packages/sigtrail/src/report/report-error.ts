import { SigtrailError, type SigtrailErrorCode } from '../error.ts';
import type { Report } from './any-report.ts';
import type { PlatformReport, VerifiedPlatformReport } from './platforms-report.ts';
import type { PolicyOutcome } from './report.ts';
import { unmetParts } from './unmet-parts.ts';

/** A report that isn't verified. */
type OpenReport = Exclude<Report, { readonly verdict: 'verified' }>;

/** The error that says why a report isn't verified; it carries the report. */
export function reportError(report: OpenReport): SigtrailError {
  return new SigtrailError(codeOf(report), explain(report), { report });
}

function codeOf(report: OpenReport): SigtrailErrorCode {
  if (report.verdict === 'rejected') return report.reason;
  return report.problems[0].code === 'image-not-found' ? 'image-not-found' : 'indeterminate';
}

function explain(report: OpenReport): string {
  const { requested } = report;
  if (report.verdict === 'indeterminate')
    return `${requested} could not be judged: ${report.problems.map(({ message }) => message).join('; ')}`;
  if (report.kind === 'platforms') return `${requested}: ${explainPlatforms(report.platforms)}`;
  switch (report.reason) {
    case 'unsigned':
      return `${requested} is not signed: every location where a signature could be was read and has none`;
    case 'no-attestation':
      return `${requested} has no attestation: every location where an attestation could be was read and has none`;
    case 'only-attestations':
    case 'no-match':
      return `${requested} does not satisfy the policy: ${explainPolicy(report.policy)}`;
  }
}

/** How many manifests were not accepted, and which. */
export function explainPlatforms(platforms: readonly PlatformReport[]): string {
  const refused = platforms.flatMap((one) => (one.verdict === 'verified' ? [] : [describeRefused(one)]));
  return `${refused.length} of ${platforms.length} manifests that a client could run were not accepted: ${refused.join(', ')}`;
}

function describeRefused({ platform, report }: Exclude<PlatformReport, VerifiedPlatformReport>): string {
  return `${platform} (${report.verdict === 'rejected' ? report.reason : 'indeterminate'})`;
}

/** The parts that keep the policy from holding, each with its reason and those of the candidates that it could have been. */
function explainPolicy(policy: PolicyOutcome): string {
  return unmetParts(policy)
    .map(({ path, label, why }) => {
      const codes = [...new Set((why?.candidates ?? []).map(({ code }) => code))];
      const others = codes.filter((code) => code !== why?.code);
      const rest = others.length === 0 ? '' : `; other candidates: ${others.join(', ')}`;
      return `${path} (${label}): ${why === undefined ? 'does not hold' : `${why.code}, ${why.message}`}${rest}`;
    })
    .join('; ');
}
