import type { CandidateFacts } from '../establish/facts.ts';
import { createCallbackRunner } from '../policy/callback.ts';
import { decide, type Decision } from './decide.ts';
import type { ParsedPolicy } from '../policy/parse-policy.ts';

/** Applies a policy to one candidate that stands alone: nothing else exists that could be missing. */
export async function decideOne(
  facts: CandidateFacts,
  policy: ParsedPolicy,
  { now, reference }: { readonly now: Date; readonly reference: string },
): Promise<Decision> {
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
    accepted: outcome.verdict === 'verified' && decision?.accepted === true,
    checks: decision?.checks ?? facts.checks,
  };
}
