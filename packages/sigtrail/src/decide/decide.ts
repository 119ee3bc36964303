import type { CandidateFacts } from '../establish/facts.ts';
import { leavesOf, type ParsedPolicy } from '../policy/parse-policy.ts';
import type { CallbackAnswer } from '../report/report.ts';
import { signaturesOf } from './ask-about-image.ts';
import type { Decision, ImageDecision } from './decision.ts';
import { evaluateNode } from './evaluate-node.ts';
import type { DecisionInput, LeafAnswers } from './evaluation.ts';
import { closeness, applyRule, type ParsedLeaf } from './apply-rule.ts';

/** Applies a policy to everything established about an image. Pure, except for callbacks, whose answers are recorded. */
export async function decide(policy: ParsedPolicy, input: DecisionInput): Promise<ImageDecision> {
  const leaves = new Map<ParsedLeaf, LeafAnswers>();
  for (const leaf of leavesOf(policy.root))
    leaves.set(
      leaf,
      await Promise.all(
        input.candidates.map(async (one) => ('unreadable' in one ? undefined : applyRule(one, leaf, input))),
      ),
    );
  const asked: CallbackAnswer[] = [];
  const { outcome, witnesses } = await evaluateNode(policy.root, { input, leaves, asked });
  return {
    outcome,
    decisions: input.candidates.map((one, index) => ('unreadable' in one ? undefined : nearestOf(one, index, leaves))),
    signatures: outcome.status === 'satisfied' ? signaturesOf(witnesses, { input, leaves }) : [],
    callbacks: [...[...leaves.values()].flat(2).flatMap((answer) => answer?.callbacks ?? []), ...asked],
  };
}

/** The answer of the closest rule, which is probably the one that was meant. */
function nearestOf(facts: CandidateFacts, index: number, leaves: ReadonlyMap<ParsedLeaf, LeafAnswers>): Decision {
  const answers = [...leaves.values()].flatMap((leaf) => leaf[index] ?? []);
  const [first] = answers.toSorted((a, b) => closeness(a) - closeness(b));
  return {
    accepted: first?.answer === 'accepted',
    checks: first?.checks ?? facts.checks,
    facts: first?.facts ?? facts,
  };
}
