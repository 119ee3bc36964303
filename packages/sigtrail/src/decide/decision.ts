import type { CandidateFacts } from '../establish/facts.ts';
import type { AcceptedSignature, CallbackAnswer, Check, PolicyOutcome } from '../report/report.ts';

/** The policy's answer about one candidate: accepted when it fits a rule. */
export interface Decision {
  readonly accepted: boolean;
  readonly checks: readonly Check[];
  /** The facts that the closest rule was applied to. */
  readonly facts: CandidateFacts;
}

/** The policy's answer about an image. */
export interface ImageDecision {
  readonly outcome: PolicyOutcome;
  /** One for each candidate, in their order; `undefined` if it couldn't be read. */
  readonly decisions: readonly (Decision | undefined)[];
  /** The candidates by which the policy holds; empty when it doesn't. */
  readonly signatures: readonly AcceptedSignature[];
  readonly callbacks: readonly CallbackAnswer[];
}
