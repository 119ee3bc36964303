import { affordable, type Budget, costOf, IMAGE_BUDGET } from './budget.ts';
import { establishSafely, unread } from './establish-safely.ts';
import type { NameCheck } from './signed-name.ts';
import type { CandidateFacts, EstablishContext } from './facts.ts';
import type { Candidate, UnreadableCandidate } from '../evidence/candidate.ts';
import type { Evidence } from '../evidence/read-evidence.ts';
import type { CallContext } from '../evaluation-context.ts';
import type { ParsedPolicy } from '../policy/parse-policy.ts';
import { keysOf, requirementsOf } from '../policy/resolve-rules.ts';

type Established = CandidateFacts | UnreadableCandidate;

/** What the facts of an image may also depend on. */
export interface EstablishOptions {
  readonly name?: NameCheck;
  readonly budget?: Budget;
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
    deadline,
  }: Pick<CallContext, 'trust' | 'deny' | 'now' | 'secondJudge' | 'signatures' | 'deadline'>,
  { name, budget = IMAGE_BUDGET }: EstablishOptions = {},
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
    deadline,
  };
  const readable = candidates.filter((candidate): candidate is Candidate => !('unreadable' in candidate));
  const costs = new Map(readable.map((candidate) => [candidate, costOf(candidate, context)]));
  const facts = new Map<Candidate, Established>();
  const queue = affordable(costs, budget).values();
  const work = async (): Promise<void> => {
    for (const candidate of queue) facts.set(candidate, await establishSafely(candidate, context));
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
  return candidates.map((candidate) =>
    'unreadable' in candidate ? candidate : (facts.get(candidate) ?? tooMany(candidate, budget)),
  );
}

function tooMany(candidate: Candidate, { maxOperations, maxBytes }: Budget): UnreadableCandidate {
  const message = `the signatures of this image together ask for more than ${maxOperations} public-key operations or ${maxBytes} hashed bytes, and cheaper ones come first`;
  return unread(candidate, { code: 'budget', message, status: 'indeterminate' });
}

// While one waits for the thread pool, the next ones are read; more at a time would only hold more in memory.
const AT_A_TIME = 8;
