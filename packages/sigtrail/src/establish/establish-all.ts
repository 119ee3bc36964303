import { affordable, type Budget, costOf, IMAGE_BUDGET } from './budget.ts';
import { establishSafely, unread } from './establish-safely.ts';
import type { NameCheck } from './signed-name.ts';
import type { CandidateFacts, EstablishContext } from './facts.ts';
import type { Subject } from './subject.ts';
import type { Candidate, UnreadableCandidate } from '../evidence/candidate.ts';
import type { Evidence } from '../evidence/read-evidence.ts';
import type { CallContext } from '../evaluation-context.ts';
import { observed } from '../observe-stages.ts';
import type { ParsedPolicy } from '../policy/parse-policy.ts';
import { keysOf, requirementsOf } from '../policy/resolve-rules.ts';

type Established = CandidateFacts | UnreadableCandidate;

/** Options that the facts of an image may depend on. */
export interface EstablishOptions {
  readonly name?: NameCheck;
  readonly budget?: Budget;
  /**
   * Also establishes facts of signed attestation manifests about the manifests of an index, if no policy decides about the index by them. By default they are only named, since
   * a statement about a platform says nothing about its index.
   */
  readonly ofPlatforms?: boolean;
}

/**
 * Establishes the facts of every candidate of an image, in order; without a policy, only the facts that need no named key. A candidate that can't be
 * verified doesn't affect the others.
 */
export async function establishAll(
  evidence: Evidence,
  policy: PolicyInput | undefined,
  context: EstablishAllContext,
  options: EstablishOptions = {},
): Promise<readonly Established[]> {
  return observed(
    context.observer,
    'establish',
    evidence.image.digest,
    async () => establishEach(evidence, policy, context, options),
    (all) => ({ candidates: all.length, unread: all.filter((one) => 'unreadable' in one).length }),
  );
}

type PolicyInput = Pick<ParsedPolicy, 'root' | 'legacyTimestamps' | 'acceptTrustedRootInBundle'>;
type EstablishAllContext = Pick<
  CallContext,
  'trust' | 'deny' | 'now' | 'secondJudge' | 'signatures' | 'deadline' | 'observer'
>;

async function establishEach(
  { image, candidates }: Evidence,
  policy: PolicyInput | undefined,
  { trust, deny, now, secondJudge, signatures, deadline }: EstablishAllContext,
  { name, budget = IMAGE_BUDGET, ofPlatforms = false }: EstablishOptions,
): Promise<readonly Established[]> {
  const context: EstablishContext & { readonly subject: Extract<Subject, { readonly kind: 'image' }> } = {
    subject: { kind: 'image', digest: image.digest, manifest: image.bytes },
    trust: trust.root,
    ...(name === undefined ? {} : { name }),
    ...(deny === undefined ? {} : { deny }),
    keys: policy === undefined ? [] : keysOf(policy),
    now,
    legacyTimestamps: policy?.legacyTimestamps ?? 'use',
    acceptTrustedRootInBundle: policy?.acceptTrustedRootInBundle ?? false,
    secondJudge,
    require: policy === undefined ? [] : requirementsOf(policy),
    signatures,
    deadline,
  };
  const readable = candidates.filter((candidate): candidate is Candidate => !('unreadable' in candidate));
  const contextOf = (candidate: Candidate): EstablishContext | UnreadableCandidate =>
    contextBehind(candidate, context, ofPlatforms);
  const costs = new Map(
    readable.flatMap((candidate) => {
      const candidateContext = contextOf(candidate);
      return 'unreadable' in candidateContext ? [] : [[candidate, costOf(candidate, candidateContext)] as const];
    }),
  );
  const facts = new Map<Candidate, Established>();
  const queue = affordable(costs, budget).values();
  const work = async (): Promise<void> => {
    for (const candidate of queue) {
      const candidateContext = contextOf(candidate);
      facts.set(
        candidate,
        'unreadable' in candidateContext ? candidateContext : await establishSafely(candidate, candidateContext),
      );
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
  return candidates.map((candidate) =>
    'unreadable' in candidate ? candidate : (facts.get(candidate) ?? without(candidate, contextOf(candidate), budget)),
  );
}

/** A signature of an attestation manifest covers that manifest, while its statements are about a different one: the image, or a manifest of an index. */
function contextBehind(
  candidate: Candidate,
  context: EstablishContext & { readonly subject: Extract<Subject, { readonly kind: 'image' }> },
  ofPlatforms: boolean,
): EstablishContext | UnreadableCandidate {
  const { listed } = candidate;
  if (listed === undefined) return context;
  const { digest, bytes: manifest } = listed.manifest;
  const subject = { kind: 'image', digest, manifest } as const;
  if (listed.image === context.subject.digest) return { ...context, subject, about: context.subject };
  if (ofPlatforms) return { ...context, subject, about: subjectOf(listed.image) };
  const message = `it is about ${listed.platform ?? 'a manifest'} (${listed.image}), which the index lists, and not about the index: verify the platforms instead`;
  return unread(candidate, { code: 'attestation-of-platform', message, status: 'failed' });
}

function without(
  candidate: Candidate,
  candidateContext: EstablishContext | UnreadableCandidate,
  budget: Budget,
): UnreadableCandidate {
  return 'unreadable' in candidateContext ? candidateContext : tooMany(candidate, budget);
}

/** A subject that is known only by its digest. */
function subjectOf(digest: string): Subject {
  const algorithm = digest.startsWith('sha512:') ? 'sha512' : 'sha256';
  return { kind: 'digest', algorithm, digest: Buffer.from(digest.slice(algorithm.length + 1), 'hex') };
}

function tooMany(candidate: Candidate, { maxOperations, maxBytes }: Budget): UnreadableCandidate {
  const message = `the signatures of this image together need more than ${maxOperations} public-key operations or ${maxBytes} hashed bytes, and cheaper signatures were verified first`;
  return unread(candidate, { code: 'budget', message, status: 'indeterminate' });
}

// While one candidate waits for the thread pool, the next ones are read; a greater number would only use more memory.
const AT_A_TIME = 8;
