import type { OciClient } from 'oci-client-lite';
import { untilAborted } from './deadline.ts';
import type { EvaluationContext } from './evaluation-context.ts';
import { inTime, optionError } from '@sigtrail/encoding';
import { SigtrailError } from './error.ts';
import type { Services } from './establish/services.ts';
import { observed, type Observer, observeQuestion } from './observe-stages.ts';
import type { CallOptions, LogLookup, VerifierOptions } from './options.ts';
import { checkLogs, checkTimeout } from './parse-call-options.ts';
import { checkDenyList, type DenyList, type ParsedDenyList } from './policy/deny-list.ts';
import { assertKeys } from './policy/parse-options.ts';
import type { SecondJudge } from './second-judge/second-judge.ts';
import { createTrustProvider, requireTrust, type TrustProvider, withoutTrust } from './trust/load-trust.ts';
import type { EndTurn } from './turns.ts';
import type { Conclusion } from './report/conclusion.ts';
import { parseRegistry } from './registry-options.ts';
import { before, deadlineProblem, parseUntil, type Until } from './until.ts';

/** What a verifier owns, made from checked options: connections, trust, clock, limits, and what it keeps between questions. */
export interface Session {
  /**
   * Answers a question that was asked while the session was open, even if the session is closed meanwhile. `answer` takes a turn by calling a method of the question,
   * once it knows that the question is well formed; the turn ends with the answer. `conclude` gives the conclusion of an answer by a policy.
   *
   * @throws SigtrailError `closed`
   */
  answer<C extends Interruptible, T>(
    call: C,
    answer: (question: Question<C>) => Promise<T>,
    conclude?: (answer: T) => Conclusion,
  ): Promise<T>;
  /** How many questions are answered at a time. */
  readonly concurrency: number;
  /** The settings for verifying bundles, which opens no connection. */
  readonly bundles: BundleSettings;
  /** The deny-list as the caller gave it. */
  readonly deny?: DenyList;
  /** Gives earlier questions that long to finish, ends the rest with `closed`, and closes the connections. */
  close(options?: CloseOptions): Promise<void>;
}

/** How a verifier is closed. */
export interface CloseOptions {
  /** How long earlier questions may take to finish. Default: the `timeoutMs` of the verifier. */
  readonly timeoutMs?: number;
}

/** A question that is being answered. */
export interface Question<C extends Interruptible> {
  /**
   * Waits for its turn, and resolves to the absolute deadline of the call.
   *
   * @throws SigtrailError `overloaded`; the signal's own reason
   */
  enter(): Promise<Until | undefined>;
  /** Waits for its turn, then loads what an evaluation needs. If trust could not be loaded, the context says so, for the report. */
  prepare(): Promise<Prepared<C>>;
  /** Like `prepare`, for answers without a verdict, which can't be indeterminate. @throws SigtrailError `trust-unavailable`, `deadline` */
  prepareTrusted(): Promise<Prepared<C>>;
}

/** The options of the call, whose signal now also fires when the verifier is closed, and the context of its evaluation. */
export interface Prepared<C> {
  readonly call: C;
  readonly context: EvaluationContext;
}

/** The options that can end a call early. */
type Interruptible = Pick<CallOptions, 'signal' | 'deadline'>;

/** The settings that every bundle of a session is verified with. */
export interface BundleSettings {
  readonly trust: TrustProvider;
  readonly deny: () => Promise<ParsedDenyList | undefined>;
  readonly now: () => Date;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  readonly until?: Until;
  readonly secondJudge: () => Promise<SecondJudge | 'off'>;
  readonly services: () => Promise<Services>;
}

/** Options of a session: those of a verifier. `services` is for comparing sessions that remember with sessions that don't. */
export interface SessionOptions extends VerifierOptions {
  readonly services?: Services;
}

/**
 * Opens a session. Nothing is read or connected until the first question, which also loads the code that answers.
 *
 * @throws TypeError `unknown-option`, `invalid-option`
 */
export function openSession(options: SessionOptions = {}): Session {
  const { timeoutMs = 30_000, now = () => new Date() } = options;
  checkTimeout(timeoutMs, 'timeoutMs');
  if (typeof now !== 'function') throw optionError('invalid-option', '"now" must be a function that returns a Date');
  const lookup = parseLookup(options.log);
  const trust = createTrustProvider(options.trust, timeoutMs);
  const deny = openDenyList(options.deny);
  const secondJudge = openSecondJudge(options.secondJudge);
  const services = retrying(async () => options.services ?? loadServices());
  const registry = parseRegistry(options.registry, options.stores);
  const sharesListings = registry.listings !== undefined;
  const limits = { concurrency: options.concurrency ?? DEFAULT_CONCURRENCY, maxQueue: options.maxQueue ?? Infinity };
  checkCount(limits.concurrency, 'concurrency', 1);
  checkCount(limits.maxQueue, 'maxQueue', 0);
  const { onEvent } = options;
  if (onEvent !== undefined && typeof onEvent !== 'function')
    throw optionError('invalid-option', '"onEvent" must be a function');
  const turns = retrying(async () => (await import('./turns.ts')).createTurns(limits));
  let client: OciClient | undefined;
  let closed = false;
  const questions = new Map<AbortController, Promise<unknown>>();
  const prepare = async (
    signal: AbortSignal,
    until: Until | undefined,
    observer: Observer | undefined,
  ): Promise<EvaluationContext> => {
    const [{ createOciClient }, { signatures }, second, denied] = await Promise.all([
      import('oci-client-lite'),
      services(),
      secondJudge(),
      deny(),
    ]);
    client ??= createOciClient(registry);
    const at = now();
    return {
      client,
      trust: await untilAborted(
        before(until, trust(at), (late) => withoutTrust(deadlineProblem(late, 'the trusted root was loaded'))),
        signal,
      ),
      ...(until === undefined ? {} : { until }),
      ...(observer === undefined ? {} : { observer }),
      ...(denied === undefined ? {} : { deny: denied }),
      ...lookup,
      now: at,
      timeoutMs,
      secondJudge: second,
      signatures,
      ...(sharesListings ? { listings: 'renew' } : {}),
    };
  };
  const ask = <C extends Interruptible>(call: C, closing: AbortSignal, observer: Observer | undefined): Turned<C> => {
    const deadline = parseUntil(call.deadline);
    let endTurn: EndTurn | undefined;
    const enter = async (): Promise<Until | undefined> => {
      const since = performance.now();
      const signals = call.signal === undefined ? [closing] : [call.signal, closing];
      endTurn = await (await turns()).take({ signals, end: deadline?.end });
      return deadline === undefined ? undefined : { ...deadline, waitedMs: performance.now() - since };
    };
    const enterAndPrepare = async (): Promise<Prepared<C>> => {
      const until = await observed(observer, 'wait', undefined, enter, () => ({}));
      const signal = call.signal === undefined ? closing : AbortSignal.any([call.signal, closing]);
      return { call: { ...call, signal }, context: await prepare(signal, until, observer) };
    };
    return {
      enter,
      prepare: enterAndPrepare,
      prepareTrusted: async () => {
        const prepared = await enterAndPrepare();
        requireTrust(prepared.context.trust);
        return prepared;
      },
      end: () => endTurn?.(),
    };
  };
  return {
    answer: async (call, answer, conclude) => {
      if (closed) throw closedError();
      const closing = new AbortController();
      const observer = observeQuestion(onEvent);
      const question = ask(call, closing.signal, observer);
      const answering = observed(
        observer,
        'answer',
        undefined,
        async () => untilAborted(answer(question), closing.signal),
        (given) => conclude?.(given) ?? {},
      );
      questions.set(closing, answering);
      try {
        return await answering;
      } finally {
        questions.delete(closing);
        question.end();
      }
    },
    concurrency: limits.concurrency,
    bundles: { trust, deny, now, timeoutMs, secondJudge, services },
    ...(options.deny === undefined ? {} : { deny: options.deny }),
    close: async (given = {}) => {
      assertKeys(given, ['timeoutMs'], 'options');
      const { timeoutMs: patienceMs = timeoutMs } = given;
      checkTimeout(patienceMs, 'timeoutMs');
      closed = true;
      await inTime<unknown>(Promise.allSettled(questions.values()), patienceMs, () => undefined);
      for (const closing of questions.keys()) closing.abort(closedError());
      if (client !== undefined) await inTime(client.close(), DISCONNECT_MS, () => undefined);
    },
  };
}

/** Measured with 500 images at once: `docs/speed.md`. */
const DEFAULT_CONCURRENCY = 16;

/** A connection closes within a moment; a transport of the caller's may never report that it did. */
const DISCONNECT_MS = 2000;

/** A question, with a function that ends its turn. */
interface Turned<C extends Interruptible> extends Question<C> {
  readonly end: () => void;
}

function closedError(): SigtrailError {
  return new SigtrailError('closed', 'the verifier was closed');
}

function checkCount(value: unknown, name: string, least: number): void {
  if (value !== Infinity && !(Number.isSafeInteger(value) && (value as number) >= least))
    throw optionError('invalid-option', `"${name}" must be a whole number, ${least} or more, or Infinity`);
}

/** What a session keeps between verifications; its code is loaded with the first. */
export async function loadServices(): Promise<Services> {
  const { createServices } = await import('./establish/services.ts');
  return createServices();
}

/** The second judge of one session, made when it is first asked for. @throws TypeError `invalid-option` */
export function openSecondJudge(option: VerifierOptions['secondJudge']): () => Promise<SecondJudge | 'off'> {
  if (option !== undefined && option !== 'on' && option !== 'off')
    throw optionError('invalid-option', '"secondJudge" must be "on" or "off"');
  if (option === 'off') return async () => 'off';
  return retrying(async () => {
    const { createSecondJudge } = await import('./second-judge/second-judge.ts');
    return createSecondJudge();
  });
}

/** The parsed deny-list, read once. @throws TypeError `unknown-option`, `invalid-option`, `invalid-key` */
function openDenyList(list: DenyList | undefined): () => Promise<ParsedDenyList | undefined> {
  if (list === undefined) return async () => undefined;
  const checked = checkDenyList(list);
  return retrying(async () => (await import('./policy/read-deny-list.ts')).readDenyList(checked));
}

/** Loads something once and keeps it. A failed load is tried again. */
function retrying<T>(load: () => Promise<T>): () => Promise<T> {
  let loading: Promise<T> | undefined;
  return async () => {
    loading ??= load().catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };
}

/** Only the explicit `true` turns it on: a lookup tells a log which images are verified here. */
function parseLookup(log: VerifierOptions['log']): { readonly lookup?: LogLookup } {
  if (log === undefined) return {};
  assertKeys(log, ['lookup', 'logs'], 'log');
  if (log.lookup !== true)
    throw optionError('invalid-option', '"log.lookup" must be true; leave "log" out to contact no log');
  if (log.logs !== undefined) checkLogs(log.logs, 'log.logs');
  return { lookup: log };
}
