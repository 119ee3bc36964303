import { requireText } from '@sigtrail/encoding';
import { asNested } from '../nested-question.ts';
import type { AcceptedSignature, CallbackAnswer, Signer } from '../report/report.ts';

/** What a callback says: `true`, or why not. Anything else refuses. */
export type Answer = true | Denial;

/** A refusal with its reason. Made by `deny()`. */
export interface Denial {
  readonly denied: string;
}

/**
 * Refuses, and says why; the report shows the reason.
 *
 * @example accept: ({ signer }) => allowed.has(signer.claims.tokenSubject) || deny('not on the list')
 */
export function deny(reason: string): Denial {
  requireText(reason, 'deny', 'reason');
  return { denied: String(reason) };
}

/** What every callback gets besides its subject. */
export interface CallbackContext {
  /** Aborts at the callback's deadline, and when the caller gives up. */
  readonly signal: AbortSignal;
  /** The verifier's clock. */
  readonly now: Date;
  /** What is being verified, `repository@digest` for an image. */
  readonly reference: string;
}

/** Is this one signature good enough? Everything else about it has been verified. */
export type AcceptSignature<S extends Signer = Signer> = (
  signature: AcceptedSignature<S>,
  context: CallbackContext,
) => Answer | Promise<Answer>;

/** A verified attestation with its predicate. The predicate is the signer's word. */
export interface VerifiedAttestation {
  readonly signature: AcceptedSignature;
  readonly predicateType: string;
  readonly predicate: unknown;
}

/** Everything that is verified about an image. */
export interface ImageFacts {
  readonly reference: string;
  readonly digest: string;
  /** The signatures that the rest of the policy accepted. */
  readonly signatures: readonly AcceptedSignature[];
  /** Those of them that are attestations, with their predicates. */
  readonly attestations: readonly VerifiedAttestation[];
  /** Whether every place could be read. If not, something may be missing here, so don't draw conclusions from an absence. */
  readonly isComplete: boolean;
}

/** Is this image good enough? The rest of the policy holds. */
export type AcceptImage = (image: ImageFacts, context: CallbackContext) => Answer | Promise<Answer>;

/** Does the predicate say what it must? Its attestation was verified. */
export type AcceptPredicate<T = unknown> = (
  predicate: T,
  context: CallbackContext & { readonly signature: AcceptedSignature },
) => Answer | Promise<Answer>;

/** A callback, optionally with a name for the report and a deadline of its own (default 5 s). */
export type Callback<F> =
  | F
  | {
      readonly run: F;
      /** Default: the function's own name. */
      readonly name?: string;
      readonly timeoutMs?: number;
    };

/** A callback, checked once at the edge. */
export interface ParsedCallback {
  readonly run: (facts: unknown, context: unknown) => unknown;
  readonly name: string;
  readonly timeoutMs: number;
}

/** Asks callbacks: for real, or from the answers of a recorded run. */
export interface CallbackRunner {
  ask(callback: ParsedCallback, about: CallbackSubject, facts: unknown, context: object): Promise<CallbackAnswer>;
}

/** The candidate and the scope that a callback is asked about. */
export type CallbackSubject = Pick<CallbackAnswer, 'scope' | 'candidate'>;

/** Runs the callbacks. An answer that is late, thrown or neither `true` nor `deny()` is a refusal. */
export function createCallbackRunner(given: {
  readonly signal?: AbortSignal;
  /** Whether the call is over, even if its timer has not fired yet. */
  readonly isOver?: () => boolean;
  readonly now: Date;
  readonly reference: string;
}): CallbackRunner {
  return {
    async ask(callback, about, facts, context) {
      const controller = new AbortController();
      const signal =
        given.signal === undefined ? controller.signal : AbortSignal.any([controller.signal, given.signal]);
      const subject = { name: callback.name, ...about };
      const started = performance.now();
      let resolveLate: (answer: CallbackAnswer) => void = () => undefined;
      const late = new Promise<CallbackAnswer>((resolve) => {
        resolveLate = resolve;
      });
      const lateAnswer = (reason: string): CallbackAnswer => ({ ...subject, answer: 'timed-out', reason });
      const givenUp = lateAnswer('the call ended before it answered');
      const tooLate = lateAnswer(`no answer within ${callback.timeoutMs} ms`);
      const onAbort = (): void => resolveLate(givenUp);
      const timer = setTimeout(() => {
        resolveLate(tooLate);
        controller.abort(new DOMException(`the callback's ${callback.timeoutMs} ms are over`, 'TimeoutError'));
      }, callback.timeoutMs);
      if (given.signal?.aborted === true) onAbort();
      else given.signal?.addEventListener('abort', onAbort, { once: true });
      const isLate = (): boolean => performance.now() - started >= callback.timeoutMs;
      try {
        const answer = await Promise.race([
          late,
          answerOf(callback, subject, structuredClone(facts), {
            ...structuredClone(context),
            signal,
            now: new Date(given.now),
            reference: given.reference,
          }),
        ]);
        // Code that let no timer run is late, too.
        if (given.isOver?.() === true) return givenUp;
        return isLate() ? tooLate : answer;
      } finally {
        clearTimeout(timer);
        given.signal?.removeEventListener('abort', onAbort);
        controller.abort();
      }
    },
  };
}

async function answerOf(
  callback: ParsedCallback,
  subject: CallbackSubject & { readonly name: string },
  facts: unknown,
  context: object,
): Promise<CallbackAnswer> {
  try {
    const answer = await asNested(() => callback.run(facts, context));
    if (answer === true) return { ...subject, answer: 'accepted' };
    if (typeof answer === 'object' && answer !== null && 'denied' in answer)
      return { ...subject, answer: 'refused', reason: String(answer.denied) };
    return { ...subject, answer: 'refused', reason: `it returned ${typeof answer}, neither true nor deny()` };
  } catch (error) {
    return {
      ...subject,
      answer: 'threw',
      reason: error instanceof Error ? error.message : 'it threw something that is not an Error',
    };
  }
}
