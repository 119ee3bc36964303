import type { OciClient, OciClientOptions } from 'oci-client-lite';
import { checkClientOptions } from 'oci-client-lite/names';
import { untilAborted } from './deadline.ts';
import type { EvaluationContext } from './evaluation-context.ts';
import { optionError } from '@sigtrail/encoding';
import { SigtrailError } from './error.ts';
import type { Services } from './establish/services.ts';
import type { CallOptions, LogLookup, VerifierOptions } from './options.ts';
import { checkLogs, checkTimeout } from './parse-call-options.ts';
import { type DenyList, type ParsedDenyList, parseDenyList } from './policy/deny-list.ts';
import { assertKeys } from './policy/parse-options.ts';
import type { SecondJudge } from './second-judge/second-judge.ts';
import { createTrustProvider, requireTrust, type TrustProvider } from './trust/load-trust.ts';

/** What a verifier owns, from checked options: connections, trust, clock, limits, and what it keeps between two questions. */
export interface Session {
  /** Answers a question that was asked while the session was open, even if it is closed meanwhile. @throws SigtrailError `closed` */
  whileOpen<T>(answer: () => Promise<T>): Promise<T>;
  /** What an evaluation needs. Trust that could not be loaded is in it, for the report to say so. */
  prepare(call: Interruptible): Promise<EvaluationContext>;
  /** As `prepare`, for answers without a verdict, which can't be indeterminate. @throws SigtrailError `trust-unavailable` */
  prepareTrusted(call: Interruptible): Promise<EvaluationContext>;
  /** What a bundle is verified with; this opens no connection. */
  readonly bundles: BundleSettings;
  /** The deny-list as the caller gave it. */
  readonly deny?: DenyList;
  /** Finishes earlier questions, then closes the connections. */
  close(): Promise<void>;
}

/** A call that waits for trust ends with its signal. */
type Interruptible = Pick<CallOptions, 'signal'>;

/** What every bundle of a session is verified with. */
export interface BundleSettings {
  readonly trust: TrustProvider;
  readonly deny?: ParsedDenyList;
  readonly now: () => Date;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  readonly secondJudge: () => Promise<SecondJudge | 'off'>;
  readonly services: () => Promise<Services>;
}

/** Options of a session: those of a verifier. `services` is for comparing sessions that remember with ones that don't. */
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
  const deny = options.deny === undefined ? {} : { deny: parseDenyList(options.deny) };
  const secondJudge = openSecondJudge(options.secondJudge);
  const services = retrying(async () => options.services ?? loadServices());
  const registry = parseRegistry(options.registry);
  let client: OciClient | undefined;
  let closed = false;
  const asked = new Set<Promise<unknown>>();
  const prepare = async ({ signal }: Interruptible): Promise<EvaluationContext> => {
    const [{ createOciClient }, { signatures }, second] = await Promise.all([
      import('oci-client-lite'),
      services(),
      secondJudge(),
    ]);
    client ??= createOciClient(registry);
    const at = now();
    return {
      client,
      trust: await untilAborted(trust(at), signal),
      ...deny,
      ...lookup,
      now: at,
      timeoutMs,
      secondJudge: second,
      signatures,
    };
  };
  return {
    prepare,
    prepareTrusted: async (call) => {
      const ready = await prepare(call);
      requireTrust(ready.trust);
      return ready;
    },
    whileOpen: async (answer) => {
      if (closed) throw new SigtrailError('closed', 'the verifier was closed');
      const answering = answer();
      asked.add(answering);
      try {
        return await answering;
      } finally {
        asked.delete(answering);
      }
    },
    bundles: { trust, ...deny, now, timeoutMs, secondJudge, services },
    ...(options.deny === undefined ? {} : { deny: options.deny }),
    close: async () => {
      closed = true;
      await Promise.allSettled(asked);
      await client?.close();
    },
  };
}

/** What a session keeps between two verifications; its code is loaded with the first. */
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

/** Checked now, though the client is only made with the first question. A copy: changing the object afterwards changes nothing. */
function parseRegistry(registry: VerifierOptions['registry']): OciClientOptions {
  if (registry === undefined) return {};
  if (typeof registry !== 'object' || registry === null || Array.isArray(registry))
    throw optionError('invalid-option', '"registry" must be an object with options of oci-client-lite');
  const own = { ...registry };
  checkClientOptions(own);
  return own;
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
