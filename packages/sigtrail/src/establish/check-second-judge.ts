import type { Check, SecondJudgement } from '../report/report.ts';
import type { CandidateFacts, EstablishContext } from './facts.ts';
import { createRecorder } from './recorder.ts';

/** The second judge's answer. */
export interface SecondJudgeChecked {
  readonly judgement: SecondJudgement;
  readonly checks: readonly Check[];
}

/** Does `@sigstore/verify` accept it too? Both judges must accept, wherever the second judge can decide. */
export async function checkSecondJudge(
  facts: Omit<CandidateFacts, 'secondJudge'>,
  context: EstablishContext,
): Promise<SecondJudgeChecked> {
  const record = createRecorder(context.withoutChecks);
  const judgement = await ask(facts, context);
  const { verdict, reason = '' } = judgement;
  if (verdict === 'refused')
    record.fail('second-judge', 'second-judge-refused', `@sigstore/verify refuses it: ${reason}`);
  else if (verdict === 'accepted') record.pass('second-judge', '@sigstore/verify accepts it too');
  else if (verdict === 'not-applicable') record.skip('second-judge', 'second-judge-not-applicable', reason);
  return { judgement, checks: record.checks };
}

async function ask(
  { candidate, checks, signerKey, profile, relaxed }: Omit<CandidateFacts, 'secondJudge'>,
  { secondJudge, subject, trust, keys, require, legacyTimestamps, now }: EstablishContext,
): Promise<SecondJudgement> {
  if (secondJudge === 'off') return { verdict: 'not-asked', reason: 'switched off' };
  if (signerKey === undefined) return { verdict: 'not-asked', reason: 'there is no key to ask it with' };
  if (checks.some(({ status }) => status === 'failed'))
    return { verdict: 'not-asked', reason: 'our own checks refused it already' };
  const key = candidate.signer.kind === 'key' ? keys.find((named) => named.equals(signerKey)) : undefined;
  return secondJudge.ask({
    original: candidate.original,
    lookedUp: candidate.logEntries,
    subject,
    trust,
    profile,
    relaxed,
    ...(key === undefined ? {} : { key }),
    require,
    timestampAnnotations: legacyTimestamps,
    now,
  });
}
