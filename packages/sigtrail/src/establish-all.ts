import { establishSafely } from './establish/establish-safely.ts';
import type { NameCheck } from './establish/check-name.ts';
import type { CandidateFacts } from './establish/facts.ts';
import type { UnreadableCandidate } from './evidence/candidate.ts';
import type { Evidence } from './evidence/discover.ts';
import type { EvaluationContext } from './evaluation-context.ts';
import type { ParsedPolicy } from './policy/parse-policy.ts';
import { keysOf } from './policy/resolve-rules.ts';

/** The facts of every candidate of an image, in their order, without a policy those that need no key named. One that can't be judged takes nothing away from the others. */
export function establishAll(
  { image, candidates }: Evidence,
  policy: Pick<ParsedPolicy, 'root' | 'legacyTimestamps'> | undefined,
  context: Pick<EvaluationContext, 'trust' | 'deny' | 'now' | 'stockJudge' | 'memo'>,
  name?: NameCheck,
): readonly (CandidateFacts | UnreadableCandidate)[] {
  const keys = policy === undefined ? [] : keysOf(policy);
  return candidates.map((candidate) =>
    'unreadable' in candidate
      ? candidate
      : establishSafely(candidate, {
          subject: { kind: 'image', digest: image.digest, manifest: image.bytes },
          trust: context.trust.root,
          ...(name === undefined ? {} : { name }),
          ...(context.deny === undefined ? {} : { deny: context.deny }),
          keys,
          now: context.now,
          legacyTimestamps: policy?.legacyTimestamps ?? 'use',
          stockJudge: context.stockJudge,
          ...(context.memo === undefined ? {} : { memo: context.memo }),
        }),
  );
}
