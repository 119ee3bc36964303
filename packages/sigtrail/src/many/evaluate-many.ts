import type { ImageLocator } from '@sigtrail/triangulate';
import { untilAborted } from '../deadline.ts';
import { isSigtrailError, SigtrailError, withCause } from '../error.ts';
import type { EvaluationContext } from '../evaluation-context.ts';
import { tellSafely } from '../observe-stages.ts';
import { type ParsedPolicy, parsePolicy } from '../policy/parse-policy.ts';
import type { ImagePolicy } from '../policy/policy.ts';
import { readReference } from '../read-reference.ts';
import { conclusionOf } from '../report/conclusion.ts';
import type { ImageReport } from '../report/image-report.ts';
import type { PlatformsReport } from '../report/platforms-report.ts';
import type { Problem } from '../report/report.ts';
import type { CallOptions } from '../options.ts';
import type { Prepared, Question, Session } from '../session.ts';
import { evaluateParsed } from '../verify-image.ts';
import type { ImageOutcome, JournalOption, ManyOptions, PolicyFor } from './image-outcome.ts';
import { inCompletionOrder } from './in-completion-order.ts';
import { type Journal, openJournal } from './journal.ts';
import { createSharedDiscoveries } from './shared-discoveries.ts';
import { createTally } from './tally.ts';

type Outcome = ImageOutcome<ImageReport | PlatformsReport>;

/** A verifier may answer any number of questions at a time, but no more references than this are held. */
const MOST = 256;

/** The outcome of each reference, in the order in which they come. */
export async function* evaluateMany(
  session: Session,
  references: Iterable<string> | AsyncIterable<string>,
  policyFor: PolicyFor,
  { onProgress, signal, journal: option, ...options }: ManyOptions,
): AsyncGenerator<Outcome, void, undefined> {
  const journal = option === undefined ? undefined : await openJournalIn(session, option, options);
  const discoveries = createSharedDiscoveries();
  const tally = createTally();
  const evaluate = async (
    { image, policy }: AskedImage,
    given: AbortSignal,
  ): Promise<ImageReport | PlatformsReport> => {
    const asked = { ...options, signal: given };
    const evaluateIn = async (question: Question<typeof asked>): Promise<ImageReport | PlatformsReport> => {
      const { call, context } = await question.prepare();
      checkTrust(journal, context);
      return evaluateParsed(image, policy, call, { ...context, discoveries });
    };
    return session.answer(asked, evaluateIn, conclusionOf);
  };
  const answer = async (reference: string, given: AbortSignal): Promise<Outcome> => {
    tally.begin();
    const question = await readQuestion(reference, policyFor, given);
    if ('problem' in question) return { kind: 'problem', reference, problem: question.problem };
    const earlier = await journal?.take(reference, question.given);
    if (earlier !== undefined) return { kind: 'report', reference, report: earlier, resumed: true };
    try {
      const report = await evaluate(question, given);
      await journal?.write(reference, question.given, report);
      return { kind: 'report', reference, report };
    } catch (error) {
      return { kind: 'problem', reference, problem: ownProblem(error) };
    }
  };
  const bounds = { most: Math.min(session.concurrency, MOST), signal };
  try {
    for await (const outcome of inCompletionOrder(references, answer, bounds)) {
      tally.end(outcome);
      if (onProgress !== undefined) tellSafely(onProgress, tally.progress());
      yield outcome;
    }
  } finally {
    await journal?.close();
  }
}

/** Opens the journal for exactly this question: its answers rest on the trusted root, the deny-list and the options. @throws SigtrailError `trust-unavailable`, `trust-expired`, `invalid-journal` */
async function openJournalIn(
  session: Session,
  option: JournalOption,
  { github, ...options }: Omit<ManyOptions, 'journal' | 'signal' | 'onProgress'>,
): Promise<Journal> {
  const { context } = await session.answer<CallOptions, Prepared<CallOptions>>({}, async (question) =>
    question.prepareTrusted(),
  );
  const { trust, lookup, secondJudge } = context;
  const { token: _, ...withoutToken } = github ?? {};
  // How long an answer may take is not part of the question.
  const { deadline: __, timeoutMs: ___, ...call } = options;
  return openJournal(option, {
    trust: trust.root.digest,
    options: {
      ...call,
      github: withoutToken,
      lookup,
      deny: session.deny,
      secondJudge: secondJudge === 'off' ? 'off' : 'on',
    },
  });
}

/** @throws SigtrailError `invalid-journal` if trust was refreshed during the run: a journal belongs to a single question */
function checkTrust(journal: Journal | undefined, { trust }: EvaluationContext): void {
  if (journal === undefined || trust.problem !== undefined || trust.root.digest === journal.trust) return;
  throw new SigtrailError(
    'invalid-journal',
    'the trusted root has changed during the run, so the journal can’t continue; start anew with a different file',
  );
}

/** The question about a reference. */
interface AskedImage {
  readonly image: ImageLocator;
  readonly policy: ParsedPolicy;
  /** The policy as it was given. */
  readonly given: ImagePolicy;
}

/** The parsed reference with its checked policy, or why there can be no question about the reference. */
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
  let policy: ImagePolicy;
  try {
    policy = await untilAborted(Promise.resolve(policyFor(image)), given);
  } catch (error) {
    given.throwIfAborted();
    return {
      problem: withCause({ code: 'policy-unavailable', message: `policyFor threw: ${messageOf(error)}` }, error),
    };
  }
  try {
    return { image, policy: parsePolicy(policy), given: policy };
  } catch (error) {
    if (!(error instanceof TypeError && 'code' in error)) throw error;
    return { problem: withCause({ code: 'invalid-policy', message: `policyFor: ${error.message}` }, error) };
  }
}

/** Turns an error into the problem of one reference. @throws errors that concern all references, or are mistakes in code */
function ownProblem(error: unknown): Problem {
  if (!isSigtrailError(error) || (error.code !== 'invalid-reference' && error.code !== 'overloaded')) throw error;
  return withCause({ code: error.code, message: error.message }, error);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'something that is not an Error';
}
