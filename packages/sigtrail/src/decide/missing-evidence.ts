import type { CandidateFacts } from '../establish/facts.ts';
import { createRecorder } from '../establish/recorder.ts';
import type { Check } from '../report/report.ts';
import type { MissingEvidence } from '../report/inspection.ts';
import { checkEvidence } from './check-rule.ts';
import { isProven } from './apply-rule.ts';

/** How far a candidate can be relied on without a policy. */
export interface Proof {
  /** Every check passed, and everything that a policy without `require` asks for is there. */
  readonly proven: boolean;
  readonly missing: readonly MissingEvidence[];
  /** The checks that `missing` comes from. */
  readonly required: readonly Check[];
}

/** Compares a candidate with what every policy requires unless its `require` says otherwise. */
export function proveByDefault(facts: CandidateFacts): Proof {
  // Without the key, nothing can tell which evidence belongs to the signature.
  if (facts.candidate.signer.kind === 'key') return { proven: false, missing: [KEY_NOT_NAMED], required: [] };
  const required = createRecorder();
  checkEvidence(facts, { kind: 'any' }, {}, required);
  return {
    proven: isProven(facts, [...facts.checks, ...required.checks]),
    missing: required.checks.filter(({ status }) => status === 'failed').map(toMissing),
    required: required.checks,
  };
}

const KEY_NOT_NAMED: MissingEvidence = {
  code: 'signature-key-not-named',
  message: 'signed with a key, which only a policy that names the key can check',
};

function toMissing({ code, message }: Check): MissingEvidence {
  return { code, message };
}
