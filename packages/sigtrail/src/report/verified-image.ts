import { SigtrailError, type SigtrailErrorCode } from '../error.ts';
import type { CandidateReport, ImageReport, PolicyOutcome, VerifiedImage } from './report.ts';

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
    // The brand exists in the type alone; this is the one place that gives it.
    return { reference, repository, digest, signatures: [first, ...rest], report } as unknown as VerifiedImage;
  throw new SigtrailError(codeOf(report), explain(report), { report });
}

function codeOf({ reason, problems }: ImageReport): SigtrailErrorCode {
  if (reason !== undefined) return reason;
  return problems[0]?.code === 'image-not-found' ? 'image-not-found' : 'indeterminate';
}

function explain({ requested, reason, candidates, problems, policy }: ImageReport): string {
  switch (reason) {
    case 'unsigned':
      return `${requested} is not signed: every location where a signature could be was read and has none`;
    case 'only-attestations':
      return `${requested} has ${candidates.length} attestation(s) but no signature; a policy may accept an attestation as signature by its predicate type`;
    case 'no-match':
      return `${requested} has ${candidates.length} candidate signature(s), ${explainPolicy(candidates, policy)}`;
    default:
      return `${requested} could not be judged: ${problems.map(({ message }) => message).join('; ')}`;
  }
}

function explainPolicy(candidates: readonly CandidateReport[], policy: PolicyOutcome | undefined): string {
  const refused = [...new Set(candidates.flatMap(({ refusedBecause }) => refusedBecause ?? []))].join(', ');
  const accepted = candidates.filter((candidate) => candidate.accepted).length;
  if (accepted === 0 || policy === undefined) return `none accepted: ${refused}`;
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
