import type { ImageLocator } from '@sigtrail/triangulate';
import { untilAborted } from '../deadline.ts';
import { isSigtrailError, withCause } from '../error.ts';
import { tellSafely } from '../observe-stages.ts';
import { type ParsedPolicy, parsePolicy } from '../policy/parse-policy.ts';
import { readReference } from '../read-reference.ts';
import type { ImageReport } from '../report/image-report.ts';
import type { PlatformsReport } from '../report/platforms-report.ts';
import type { Problem } from '../report/report.ts';
import type { Session } from '../session.ts';
import { evaluateParsed } from '../verify-image.ts';
import type { ImageOutcome, ManyOptions, PolicyFor } from './image-outcome.ts';
import { inCompletionOrder } from './in-completion-order.ts';
import { createSharedDiscoveries } from './shared-discoveries.ts';
import { createTally } from './tally.ts';

type Outcome = ImageOutcome<ImageReport | PlatformsReport>;

/** A verifier may answer any number of questions at a time; so many references are held at most. */
const MOST = 256;

/** The outcome of each reference, in the order in which they come. */
export async function* evaluateMany(
  session: Session,
  references: Iterable<string> | AsyncIterable<string>,
  policyFor: PolicyFor,
  { onProgress, signal, ...options }: ManyOptions,
): AsyncGenerator<Outcome, void, undefined> {
  const discoveries = createSharedDiscoveries();
  const tally = createTally();
  const answer = async (reference: string, given: AbortSignal): Promise<Outcome> => {
    tally.begin();
    const asked = await readQuestion(reference, policyFor, given);
    if ('problem' in asked) return { kind: 'problem', reference, problem: asked.problem };
    try {
      const report = await session.answer({ ...options, signal: given }, async (question) => {
        const { call, context } = await question.prepare();
        return evaluateParsed(asked.image, asked.policy, call, { ...context, discoveries });
      });
      return { kind: 'report', reference, report };
    } catch (error) {
      return { kind: 'problem', reference, problem: ownProblem(error) };
    }
  };
  const bounds = { most: Math.min(session.concurrency, MOST), signal };
  for await (const outcome of inCompletionOrder(references, answer, bounds)) {
    tally.end(outcome);
    if (onProgress !== undefined) tellSafely(onProgress, tally.progress());
    yield outcome;
  }
}

/** What is asked about one reference. */
interface AskedImage {
  readonly image: ImageLocator;
  readonly policy: ParsedPolicy;
}

/** The reference, read, and its policy, checked; or why the reference can't be asked about. */
async function readQuestion(
  reference: string,
  policyFor: PolicyFor,
  given: AbortSignal,
): Promise<AskedImage | { readonly problem: Problem }> {
  let image: ImageLocator;
  try {
    image = readReference(reference);
  } catch (error) {
    return { problem: ownProblem(error) };
  }
  let policy: Awaited<ReturnType<PolicyFor>>;
  try {
    policy = await untilAborted(Promise.resolve(policyFor(image)), given);
  } catch (error) {
    given.throwIfAborted();
    return {
      problem: withCause({ code: 'policy-unavailable', message: `policyFor threw: ${messageOf(error)}` }, error),
    };
  }
  try {
    return { image, policy: parsePolicy(policy) };
  } catch (error) {
    if (!(error instanceof TypeError && 'code' in error)) throw error;
    return { problem: withCause({ code: 'invalid-policy', message: `policyFor: ${error.message}` }, error) };
  }
}

/** The problem of one reference. @throws what concerns all of them, or is a mistake in code */
function ownProblem(error: unknown): Problem {
  if (!isSigtrailError(error) || (error.code !== 'invalid-reference' && error.code !== 'overloaded')) throw error;
  return withCause({ code: error.code, message: error.message }, error);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'something that is not an Error';
}
