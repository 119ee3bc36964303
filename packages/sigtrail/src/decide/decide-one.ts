import type { CandidateFacts } from '../establish/facts.ts';
import { createCallbackRunner } from '../policy/callback.ts';
import { decide } from './decide.ts';
import type { Decision } from './decision.ts';
import { openQuestions } from '../report/unmet-parts.ts';
import type { Problem } from '../report/report.ts';
import type { ParsedPolicy } from '../policy/parse-policy.ts';

/** The policy's answer about one candidate, and the problems that prevented an answer. */
export interface DecisionOfOne extends Decision {
  readonly problems: readonly Problem[];
}

/** Applies a policy to a single candidate: nothing else could be missing. */
export async function decideOne(
  facts: CandidateFacts,
  policy: ParsedPolicy,
  { now, reference }: { readonly now: Date; readonly reference: string },
): Promise<DecisionOfOne> {
  const { outcome, decisions } = await decide(policy, {
    reference,
    digest: reference,
    candidates: [facts],
    complete: { signatures: true, attestations: true },
    now,
    callbacks: createCallbackRunner({ now, reference }),
  });
  const [decision] = decisions;
  return {
    accepted: outcome.status === 'satisfied' && decision?.accepted === true,
    checks: decision?.checks ?? facts.checks,
    facts: decision?.facts ?? facts,
    problems: outcome.status === 'unknown' ? openQuestions(outcome) : [],
  };
}
