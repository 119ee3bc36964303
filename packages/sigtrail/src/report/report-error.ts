import { SigtrailError, type SigtrailErrorCode } from '../error.ts';
import type { Report } from './any-report.ts';
import type { PlatformReport, VerifiedPlatformReport } from './platforms-report.ts';
import type { CandidateReport, PolicyOutcome } from './report.ts';

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
  const { requested, candidates } = report;
  if (report.verdict === 'indeterminate')
    return `${requested} could not be judged: ${report.problems.map(({ message }) => message).join('; ')}`;
  if (report.kind === 'platforms') return `${requested}: ${explainPlatforms(report.platforms)}`;
  switch (report.reason) {
    case 'unsigned':
      return report.kind === 'attestations'
        ? `${requested} has no attestation: every location where an attestation could be was read and has none`
        : `${requested} is not signed: every location where a signature could be was read and has none`;
    case 'only-attestations':
      return `${requested} has ${candidates.length} attestation(s) but no signature; a policy may accept an attestation as signature by its predicate type`;
    case 'no-match':
      return `${requested} has ${candidates.length} candidate ${report.kind === 'attestations' ? 'attestation' : 'signature'}(s), ${explainPolicy(candidates, report.policy)}`;
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

function explainPolicy(candidates: readonly CandidateReport[], policy: PolicyOutcome): string {
  const refused = [...new Set(candidates.flatMap(({ refusedBecause }) => refusedBecause ?? []))].join(', ');
  const accepted = candidates.filter((candidate) => candidate.accepted).length;
  if (accepted === 0) return `none accepted: ${refused}`;
  // Some fit a rule, and the policy asks for more than that.
  const unmet = unmetOperators(policy).map(({ kind, because, expected, actual }) =>
    [
      kind,
      because,
      expected === undefined ? undefined : `expected ${expected}`,
      actual === undefined ? undefined : `got ${actual}`,
    ]
      .filter((part) => part !== undefined)
      .join(', '),
  );
  return `${accepted} of which fit a rule, but the policy doesn't hold: ${unmet.join('; ')}${refused === '' ? '' : ` (refused: ${refused})`}`;
}

/** The innermost operators that keep the policy from holding. */
function unmetOperators(outcome: PolicyOutcome): readonly PolicyOutcome[] {
  if (outcome.verdict === 'verified') return [];
  const inner = outcome.kind === 'not' ? [] : (outcome.of ?? []).flatMap(unmetOperators);
  return inner.length === 0 ? [outcome] : inner;
}
