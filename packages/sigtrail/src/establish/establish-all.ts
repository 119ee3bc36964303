import { establishSafely } from './establish-safely.ts';
import type { NameCheck } from './check-name.ts';
import type { CandidateFacts, EstablishContext } from './facts.ts';
import type { UnreadableCandidate } from '../evidence/candidate.ts';
import type { Evidence } from '../evidence/read-evidence.ts';
import type { EvaluationContext } from '../evaluation-context.ts';
import type { ParsedPolicy } from '../policy/parse-policy.ts';
import { keysOf, requirementsOf } from '../policy/resolve-rules.ts';

type Established = CandidateFacts | UnreadableCandidate;

/** What the facts of an image may also depend on. */
export interface EstablishOptions {
  readonly name?: NameCheck;
  /** When it is aborted, what has no facts yet stays open. */
  readonly signal?: AbortSignal;
}

/**
 * The facts of every candidate of an image, in their order; without a policy, those that need no named key. A candidate that can't be
 * judged takes nothing away from the others.
 */
export async function establishAll(
  { image, candidates }: Evidence,
  policy: Pick<ParsedPolicy, 'root' | 'legacyTimestamps'> | undefined,
  {
    trust,
    deny,
    now,
    secondJudge,
    signatures,
  }: Pick<EvaluationContext, 'trust' | 'deny' | 'now' | 'secondJudge' | 'signatures'>,
  { name, signal }: EstablishOptions = {},
): Promise<readonly Established[]> {
  const context: EstablishContext = {
    subject: { kind: 'image', digest: image.digest, manifest: image.bytes },
    trust: trust.root,
    ...(name === undefined ? {} : { name }),
    ...(deny === undefined ? {} : { deny }),
    keys: policy === undefined ? [] : keysOf(policy),
    now,
    legacyTimestamps: policy?.legacyTimestamps ?? 'use',
    secondJudge,
    require: policy === undefined ? [] : requirementsOf(policy),
    signatures,
    ...(signal === undefined ? {} : { signal }),
  };
  const facts: Established[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < candidates.length; index = next++) {
      const candidate = candidates[index];
      if (candidate === undefined) continue;
      facts[index] = 'unreadable' in candidate ? candidate : await establishSafely(candidate, context);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
  return facts;
}

// While one waits for the thread pool, the next ones are read; more at a time would only hold more in memory.
const AT_A_TIME = 8;
