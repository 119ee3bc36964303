import type { Memo } from './memo.ts';
import type { Speculation } from './speculate.ts';
import { optionError } from '../error.ts';
import { describeSubject } from './check-subject.ts';
import { establishSafely } from './establish-safely.ts';
import type { NameCheck } from './check-name.ts';
import type { CandidateFacts, EstablishContext } from './facts.ts';
import type { Candidate, UnreadableCandidate } from '../evidence/candidate.ts';
import type { Evidence } from '../evidence/read-evidence.ts';
import type { EvaluationContext } from '../evaluation-context.ts';
import type { ParsedPolicy } from '../policy/parse-policy.ts';
import { keysOf } from '../policy/resolve-rules.ts';

type Established = CandidateFacts | UnreadableCandidate;

/** The facts of every candidate of an image, in their order, without a policy those that need no key named. One that can't be judged takes nothing away from the others. */
export async function establishAll(
  { image, candidates }: Evidence,
  policy: Pick<ParsedPolicy, 'root' | 'legacyTimestamps'> | undefined,
  { trust, deny, now, stockJudge, memo }: Pick<EvaluationContext, 'trust' | 'deny' | 'now' | 'stockJudge' | 'memo'>,
  name?: NameCheck,
): Promise<readonly Established[]> {
  const context: EstablishContext = {
    subject: { kind: 'image', digest: image.digest, manifest: image.bytes },
    trust: trust.root,
    ...(name === undefined ? {} : { name }),
    ...(deny === undefined ? {} : { deny }),
    keys: policy === undefined ? [] : keysOf(policy),
    now,
    legacyTimestamps: policy?.legacyTimestamps ?? 'use',
    stockJudge,
    ...(memo === undefined ? {} : { memo }),
  };
  const one = (candidate: Candidate | UnreadableCandidate, by?: Memo): Established =>
    'unreadable' in candidate
      ? candidate
      : establishSafely(candidate, { ...context, ...(by === undefined ? {} : { memo: by }) });
  // All their signatures are verified at the same time; one that doesn't hold takes only its own candidate back.
  const ahead = memo?.speculate?.({ alone: candidates.length === 1 });
  if (ahead !== undefined) {
    const facts = candidates.map((candidate) => one(candidate, ahead.memo));
    if (await ahead.settle()) return facts;
  }
  return Promise.all(
    candidates.map(async (candidate) => ('unreadable' in candidate ? candidate : establishAhead(candidate, context))),
  );
}

/** One candidate alone, its signatures verified by the thread pool while the rest is judged. `ahead` may have begun with some already. */
export async function establishAhead(
  candidate: Candidate,
  context: EstablishContext,
  ahead: Speculation | undefined = context.memo?.speculate?.({ alone: true }),
): Promise<Established> {
  if (ahead !== undefined) {
    const facts = establishSafely(candidate, { ...context, memo: ahead.memo });
    if (await ahead.settle()) return facts;
  }
  return establishSafely(candidate, afresh(context));
}

/**
 * Everything anew: what was found out of the caller's bytes before the wait is not put together with what is found now.
 *
 * @throws TypeError `invalid-option` when they are other bytes by now
 */
function afresh(context: EstablishContext): EstablishContext {
  const subject = { ...context.subject };
  if (subject.kind === 'artifact' && describeSubject(subject) !== describeSubject(context.subject))
    throw optionError(
      'invalid-option',
      '"bytesOrDigest" was changed while it was verified; verify it again, unchanged',
    );
  return { ...context, subject };
}
