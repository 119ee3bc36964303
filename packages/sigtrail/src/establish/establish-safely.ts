import { isSigtrailError } from '../error.ts';
import { DeadlineOver } from '../deadline.ts';
import { type Candidate, unreadCandidate, type UnreadableCandidate } from '../evidence/candidate.ts';
import { CANDIDATE_BUDGET, costOf, overBudget } from './budget.ts';
import { establish } from './establish.ts';
import type { CandidateFacts, EstablishContext } from './facts.ts';
import type { FaultCode } from '../report/codes.ts';

/**
 * `establish` for candidates that strangers wrote. A candidate that makes our code throw is never accepted, and a
 * good signature next to it still counts. A candidate that needs too much, or whose turn comes after the deadline, stays open.
 */
export async function establishSafely(
  candidate: Candidate,
  context: EstablishContext,
): Promise<CandidateFacts | UnreadableCandidate> {
  const { budget = CANDIDATE_BUDGET, deadline } = context;
  try {
    const why = overBudget(costOf(candidate, context), budget);
    if (why !== undefined) return unread(candidate, { code: 'budget', message: why, status: 'indeterminate' });
    await deadline?.turn();
    return await establish(candidate, { ...context, signatures: untilOver(context) });
  } catch (error) {
    if (error instanceof DeadlineOver) {
      const message = 'the deadline passed before this signature was verified';
      return unread(candidate, { code: 'deadline', message, status: 'indeterminate' });
    }
    if (isSigtrailError(error) && error.code === 'invalid-certificate')
      return unread(candidate, { code: 'certificate-malformed', message: error.message, status: 'failed' });
    // Our own bug. If it counted as a refusal, a policy that forbids this signature would hold because of our bug.
    const message = `checking it failed: ${error instanceof Error ? error.message : 'unknown error'}`;
    return unread(candidate, { code: 'internal-error', message, status: 'indeterminate' });
  }
}

/** The service, which computes nothing more once the call is over. */
function untilOver({ signatures, deadline }: EstablishContext): EstablishContext['signatures'] {
  if (deadline === undefined) return signatures;
  return {
    verify: async (...question) => {
      deadline.check();
      return signatures.verify(...question);
    },
  };
}

/** A candidate that was not verified, and why. */
export function unread(
  candidate: Candidate,
  unreadable: UnreadableCandidate['unreadable'] & { readonly code: FaultCode },
): UnreadableCandidate {
  return unreadCandidate(candidate, unreadable);
}
