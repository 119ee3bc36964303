import type { CandidateFacts } from '../establish/facts.ts';
import type { UnreadableCandidate } from '../evidence/candidate.ts';
import type { CallbackAnswer, PolicyOutcome } from '../report/report.ts';
import type { RuleContext, ParsedLeaf, RuleAnswer } from './apply-rule.ts';

/** A candidate as `decide` gets it: its facts, or why it couldn't be read and what it may still be. */
export type DecisionCandidate =
  | CandidateFacts
  | Pick<UnreadableCandidate, 'id' | 'format' | 'isAttestation' | 'unreadable'>;

/** The input of `decide`. */
export interface DecisionInput extends RuleContext {
  readonly reference: string;
  readonly digest: string;
  readonly candidates: readonly DecisionCandidate[];
  /** Whether every place that could hold them was read. */
  readonly complete: { readonly signatures: boolean; readonly attestations: boolean };
}

/** The answers of each rule, for each candidate. */
export type LeafAnswers = readonly (readonly RuleAnswer[] | undefined)[];

/** One evaluation of a policy. */
export interface Evaluation {
  readonly input: DecisionInput;
  readonly leaves: ReadonlyMap<ParsedLeaf, LeafAnswers>;
  readonly asked: CallbackAnswer[];
}

/** The result of one part of the policy. */
export interface NodeResult {
  readonly outcome: PolicyOutcome;
  /** Indexes of the candidates by which it holds. */
  readonly witnesses: ReadonlySet<number>;
}
