import { throwIfCancelled, wait } from './deadline.ts';
import { isHttpError } from './error.ts';
import type { Exchange } from './exchange.ts';
import type { HttpHeaders } from './http-headers.ts';
import { observe, type Observed, type Outcome } from './observe.ts';
import type { Paces } from './pace.ts';
import { passGate, type RequestGate, tellGate } from './request-gate.ts';
import { readRateLimit } from './response-headers.ts';
import { backoffMs, isRetryable, isRetryStatus, parseRetryAfter, waitBeforeRetryMs } from './retry.ts';

/** How an exchange is made: read completely, or opened. */
export type Exchanger<A> = (exchange: Exchange, report: (outcome: Outcome) => void) => Promise<A>;

/** How often, and who gets the events. */
export interface Attempts extends Pick<Observed, 'redirects' | 'onHop' | 'onRequest'> {
  readonly retries: number;
  readonly retryBaseMs: number;
  /** Whether it does no harm to send the request again after it may have taken effect. */
  readonly mayRepeat: boolean;
  readonly paces: Paces;
  readonly gate: RequestGate | undefined;
}

/** Sends one request, with retries, until the answer is final. */
export async function tryAgain<A extends { readonly status: number; readonly headers: HttpHeaders }>(
  exchange: Exchange,
  send: Exchanger<A>,
  { retries, retryBaseMs, mayRepeat, paces, gate, ...observed }: Attempts,
): Promise<A> {
  const { deadline, method, url } = exchange;
  let throttled: A | undefined;
  for (let retry = 0; ; retry += 1) {
    try {
      // A gate knows more than a single client learns; using both would mean waiting twice.
      const turn = gate === undefined ? paces.enter(url.origin, deadline) : passGate(gate, url.origin, deadline);
      if (turn !== undefined) await turn;
    } catch (error) {
      // Too many requests wait for this origin. "It throttles us" says more than "the time is up".
      throwIfCancelled(deadline);
      if (throttled === undefined) throw error;
      return throttled;
    }
    const sentAt = performance.now();
    const report = observe({ ...observed, method, url, attempt: retry + 1 });
    const backoff = backoffMs(retry, retryBaseMs);
    let delay: number | undefined;
    try {
      const answer = await send(exchange, report);
      tellGate(gate, url.origin, answer);
      const limit = readRateLimit(answer.headers);
      if (limit !== undefined) paces.learn(url.origin, limit);
      if (retry >= retries || !isRetryStatus(answer.status, mayRepeat)) return answer;
      // A host that throttles a request throttles the next one, too, so all requests of a call together get as many such retries as a single request.
      const requestedMs = parseRetryAfter(answer.headers['retry-after']?.[0]);
      // Without a time to wait, 503 is the failure of a server rather than a limit: one in a hundred answers of a large registry must not slow down the others.
      const isThrottled = answer.status === 429 || (answer.status === 503 && requestedMs !== undefined);
      if (isThrottled && deadline.patience.throttled >= retries) return answer;
      delay = waitBeforeRetryMs(requestedMs, backoff, deadline.remainingMs());
      throwIfCancelled(deadline);
      if (delay === undefined) return answer;
      if (isThrottled) throttled = answer;
      // If many requests in flight are throttled together, that counts once.
      if (isThrottled && paces.slowDown(url.origin, sentAt, delay)) deadline.patience.throttled += 1;
    } catch (error) {
      if (!isHttpError(error)) throw error;
      report({ error: error.code, ...(error.reason === undefined ? {} : { reason: error.reason }) });
      if (retry >= retries || !isRetryable(error.reason, mayRepeat)) throw error;
      delay = waitBeforeRetryMs(undefined, backoff, deadline.remainingMs());
      if (delay === undefined) throw error;
    }
    await wait(delay, deadline);
  }
}
