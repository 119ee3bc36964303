import { isOfPolicy } from '../explain/index.ts';
import type { Report } from '../report/any-report.ts';
import type { CandidateReport, Check, PolicyOutcome } from '../report/report.ts';
import { unmetParts } from '../report/unmet-parts.ts';

/** The candidate that came closest to what the policy requires, and why it does not count. */
export interface Nearest {
  /** The part of the policy that does not hold. */
  readonly outcome: PolicyOutcome;
  readonly code: string;
  readonly message: string;
  /** Missing if nothing of the kind was found. */
  readonly candidate?: CandidateReport;
  /** Its evidence holds: only the policy requires something else. */
  readonly isProven: boolean;
  /** The checks that keep it from counting. */
  readonly faults: readonly Check[];
  /** How many other candidates do not count for this part. */
  readonly others: number;
  /** How many other parts of the policy do not hold. */
  readonly moreParts: number;
}

/** The first part of the policy that does not hold, with the candidate that came closest to it. */
export function nearestOf({ policy, candidates }: Pick<Report, 'policy' | 'candidates'>): Nearest | undefined {
  const [outcome, ...more] = policy === undefined ? [] : unmetParts(policy);
  if (outcome?.why === undefined) return undefined;
  const { code, message, candidates: considered } = outcome.why;
  const id = (considered.find((one) => one.code === code) ?? considered[0])?.id;
  const candidate = candidates.find((one) => one.id === id);
  const faults = candidate === undefined ? [] : faultsOf(candidate);
  // Under a named key, a signature by another key and a changed payload look the same: the likelier one comes first.
  const otherKey = code === 'signature-invalid' ? faults.find((fault) => fault.code === 'key-mismatch') : undefined;
  return {
    outcome,
    code: otherKey?.code ?? code,
    message: otherKey?.message ?? message,
    ...(candidate === undefined ? {} : { candidate }),
    isProven: candidate !== undefined && isProven(candidate),
    faults,
    others: Math.max(0, considered.length - 1),
    moreParts: more.length,
  };
}

/** The checks that keep a candidate from counting. */
export function faultsOf({ checks }: Pick<CandidateReport, 'checks'>): readonly Check[] {
  return checks.filter(({ status }) => status === 'failed' || status === 'indeterminate');
}

/**
 * Whether the signer is the one that the certificate names, and only a policy asks for something else: the signature and the certificate were checked, and no evidence
 * was found wanting. A check that was skipped proves nothing.
 */
export function isProven({ checks }: Pick<CandidateReport, 'checks'>): boolean {
  const passed = new Set(checks.filter(({ status }) => status === 'passed').map(({ check }) => check));
  return (
    passed.has('signature') &&
    passed.has('certificate-chain') &&
    faultsOf({ checks }).every(({ code }) => isOfPolicy(code))
  );
}
