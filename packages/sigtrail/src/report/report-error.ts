import { cacheNotes } from './cache-notes.ts';
import { describeOthers } from './other-signatures.ts';
import { causeOf, SigtrailError, type SigtrailErrorCode } from '../error.ts';
import type { Report } from './any-report.ts';
import type { PlatformReport, VerifiedPlatformReport } from './platforms-report.ts';
import type { PolicyOutcome, Problem } from './report.ts';
import { unmetParts } from './unmet-parts.ts';

/** A report that isn't verified. */
type OpenReport = Exclude<Report, { readonly verdict: 'verified' }>;

/** The error that says why a report isn't verified. It carries the report; its `cause` is the error of the first problem that has one. */
export function reportError(report: OpenReport): SigtrailError {
  const cause = report.verdict === 'indeterminate' ? firstCause(report.problems) : undefined;
  return new SigtrailError(codeOf(report), explain(report), { report, cause });
}

function firstCause(problems: readonly Problem[]): unknown {
  return problems.map(causeOf).find((cause) => cause !== undefined);
}

function codeOf(report: OpenReport): SigtrailErrorCode {
  if (report.verdict === 'rejected') return report.reason;
  return report.problems[0].code === 'image-not-found' ? 'image-not-found' : 'indeterminate';
}

function explain(report: OpenReport): string {
  const { requested } = report;
  if (report.verdict === 'indeterminate') return explainOpen(report);
  if (report.kind === 'platforms') return `${requested}: ${explainPlatforms(report.platforms)}`;
  switch (report.reason) {
    case 'unsigned':
      return `${requested} is not signed: every location where a signature could be was read and has ${describeOthers(report.otherSignatures) ?? 'none'}${cacheClause(report)}`;
    case 'no-attestation':
      return `${requested} has no attestation: every location where an attestation could be was read and has none${cacheClause(report)}`;
    case 'only-attestations':
    case 'no-match':
      return `${requested} does not satisfy the policy: ${explainPolicy(report.policy)}`;
  }
}

function cacheClause({ locations }: OpenReport): string {
  return cacheNotes(locations)
    .map((note) => `. ${note}`)
    .join('');
}

/** If the image could not even be resolved, the problem is the message. */
function explainOpen({
  requested,
  digest,
  problems,
}: Extract<OpenReport, { readonly verdict: 'indeterminate' }>): string {
  const why = problems.map(({ message }) => message).join('; ');
  if (digest !== undefined) return `could not decide whether ${requested} satisfies the policy: ${why}`;
  return why.includes(requested) ? why : `could not verify ${requested}: ${why}`;
}

/** How many manifests were not accepted, which ones, and why. */
export function explainPlatforms(platforms: readonly PlatformReport[]): string {
  const refused = platforms.flatMap((platform) => (platform.verdict === 'verified' ? [] : [describeRefused(platform)]));
  return `${refused.length} of ${platforms.length} manifests that a client could run were not accepted: ${refused.join(', ')}`;
}

function describeRefused({ platform, report }: Exclude<PlatformReport, VerifiedPlatformReport>): string {
  if (report.verdict === 'indeterminate') return `${platform} (indeterminate: ${report.problems[0].code})`;
  const codes = report.reason === 'no-match' ? unmetParts(report.policy).flatMap(({ why }) => why?.code ?? []) : [];
  return `${platform} (${[report.reason, ...(codes.length === 0 ? [] : [[...new Set(codes)].join(', ')])].join(': ')})`;
}

/** The parts that keep the policy from holding, each with its reason and the reasons of its candidates. */
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
