import { isSigtrailError } from '../error.ts';
import type { Candidate, UnreadableCandidate } from '../evidence/candidate.ts';
import { DEFAULT_BUDGET, operationsOf } from './budget.ts';
import { establish } from './establish.ts';
import type { CandidateFacts, EstablishContext } from './facts.ts';

/**
 * `establish`, for candidates that strangers wrote. Whatever one of them makes our code throw, it is refused for it, and the
 * good signature beside it still counts. One that asks for too much, or whose turn comes after the deadline, is not judged at all.
 */
export async function establishSafely(
  candidate: Candidate,
  context: EstablishContext,
): Promise<CandidateFacts | UnreadableCandidate> {
  const { budget = DEFAULT_BUDGET, signal } = context;
  const operations = operationsOf(candidate, context);
  if (operations > budget.maxOperations)
    return unread(candidate, {
      code: 'budget',
      message: `the signature asks for up to ${operations} public-key operations, and ${budget.maxOperations} are allowed`,
      status: 'indeterminate',
    });
  if (signal?.aborted === true) return overdue(candidate);
  try {
    const facts = establish(candidate, context);
    return await (signal === undefined ? facts : untilAborted(facts, signal, () => overdue(candidate)));
  } catch (error) {
    const known = isSigtrailError(error) && error.code === 'invalid-certificate';
    return unread(candidate, {
      code: known ? 'certificate-malformed' : 'internal-error',
      message: known ? error.message : `judging it failed: ${error instanceof Error ? error.message : 'unknown error'}`,
      status: 'failed',
    });
  }
}

/** What `work` comes to, or `late` as soon as the signal is aborted. */
async function untilAborted<T, L>(work: Promise<T>, signal: AbortSignal, late: () => L): Promise<T | L> {
  let abort: (() => void) | undefined;
  const aborted = new Promise<L>((resolve) => {
    abort = () => resolve(late());
    signal.addEventListener('abort', abort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    if (abort !== undefined) signal.removeEventListener('abort', abort);
  }
}

function overdue(candidate: Candidate): UnreadableCandidate {
  const message = 'the deadline passed before this signature was verified';
  return unread(candidate, { code: 'deadline', message, status: 'indeterminate' });
}

function unread(
  { id, format, carrier, isAttestation, manifestDigest, layerDigest }: Candidate,
  unreadable: UnreadableCandidate['unreadable'],
): UnreadableCandidate {
  return {
    id,
    format,
    carrier,
    isAttestation,
    ...(manifestDigest === undefined ? {} : { manifestDigest }),
    ...(layerDigest === undefined ? {} : { layerDigest }),
    unreadable,
  };
}
