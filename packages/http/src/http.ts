import type { Dispatcher } from 'undici';
import { isLoopbackHost, literalSpace, mayReach } from './address-space.ts';
import { type Deadline, startDeadline, wait } from './deadline.ts';
import { createDispatchers, type Dispatchers, type Resolve } from './dispatchers.ts';
import { HttpError, isHttpError } from './error.ts';
import { type Answer, exchange, type HttpHeaders } from './exchange.ts';
import { redactUrl } from './redact-url.ts';
import { backoffMs, isRetryable, parseRetryAfter, retryStatuses, waitBeforeRetryMs } from './retry.ts';

/** One request on one connection, as a transcript shows it. */
export interface Hop {
  readonly method: 'GET' | 'HEAD' | 'POST';
  /** Redacted address. */
  readonly url: string;
  readonly status?: number;
  readonly bytes?: number;
  readonly durationMs: number;
  /** `HttpErrorCode`, where there was no answer. */
  readonly error?: string;
}

/** What to ask, and within which bounds. */
export interface HttpRequest {
  readonly method?: 'GET' | 'HEAD' | 'POST' | undefined;
  readonly url: string | URL;
  /** Sent on every hop: nothing secret. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Sent to the origin of `url` only, and never again once a redirect has left it. */
  readonly secretHeaders?: Readonly<Record<string, string>> | undefined;
  /** Body of a POST. */
  readonly body?: string | undefined;
  /** Largest body of a good answer; error bodies are cut at 64 KiB. */
  readonly maxBytes: number;
  /** The budget of the call this request belongs to; otherwise `timeoutMs` and `signal` make one. */
  readonly deadline?: Deadline | undefined;
  /** 30 000 ms. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** The address whose answer named this `url` (a token realm, a link). Without it, the caller chose the host. */
  readonly namedBy?: string | URL | undefined;
  readonly onHop?: ((hop: Hop) => void) | undefined;
}

/** A final answer of any status. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: HttpHeaders;
  readonly body: Uint8Array;
  /** Address of the last hop. May hold secrets (presigned); show it through {@link redactUrl} only. */
  readonly url: URL;
  /** `Retry-After`, where the server sent one. */
  readonly retryAfterMs?: number;
}

/** Bounds that hold for all requests. */
export interface HttpOptions {
  readonly userAgent?: string | undefined;
  /** Hosts that may be spoken to in plain http. Loopback hosts, unless given. */
  readonly allowHttp?: ((url: URL) => boolean) | undefined;
  /** Further tries after the first. 3. */
  readonly retries?: number | undefined;
  /** Longest first wait between tries, doubled each time. 300 ms. */
  readonly retryBaseMs?: number | undefined;
  /** 5. */
  readonly maxRedirects?: number | undefined;
  /** 10 000 ms. */
  readonly connectTimeoutMs?: number | undefined;
  /** Time to the first header. 20 000 ms. */
  readonly headersTimeoutMs?: number | undefined;
  /** Longest silence inside a body. 20 000 ms. */
  readonly idleTimeoutMs?: number | undefined;
  /** Name resolution. `node:dns`. */
  readonly resolve?: Resolve | undefined;
}

/** Sends requests. Holds sockets: close it. */
export interface Http {
  /**
   * Sends one bounded request, following redirects and retrying what a later try may change.
   * A status is never an error here.
   *
   * @throws HttpError
   */
  request(request: HttpRequest): Promise<HttpResponse>;
  /** Closes all sockets. Requests in flight fail. */
  close(): Promise<void>;
}

const redirectStatuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Makes a bounded HTTP client. */
export function createHttp(options: HttpOptions = {}): Http {
  const dispatchers = createDispatchers({
    resolve: options.resolve,
    connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
    headersTimeoutMs: options.headersTimeoutMs ?? 20_000,
    idleTimeoutMs: options.idleTimeoutMs ?? 20_000,
  });
  return {
    request: async (request) => {
      const deadline = request.deadline ?? startDeadline(request.timeoutMs ?? 30_000, request.signal);
      try {
        return await follow(request, { ...options, dispatchers, deadline });
      } finally {
        if (request.deadline === undefined) deadline.clear();
      }
    },
    close: () => dispatchers.close(),
  };
}

interface Context extends HttpOptions {
  readonly dispatchers: Dispatchers;
  readonly deadline: Deadline;
}

async function follow(request: HttpRequest, context: Context): Promise<HttpResponse> {
  const method = request.method ?? 'GET';
  const first = parseUrl(request.url);
  // The host whose privacy bounds every host named from here on.
  const named = request.namedBy === undefined ? undefined : parseUrl(request.namedBy);
  const root = named ?? first;
  let url = first;
  let secrets = request.secretHeaders;
  for (let hops = 0; ; hops += 1) {
    checkScheme(url, hops > 0 || named !== undefined, context);
    const answer = await tryAgain(url, root, secrets, { ...request, method }, context);
    const location = answer.headers['location']?.[0];
    if (!redirectStatuses.has(answer.status) || location === undefined) {
      const retryAfterMs = parseRetryAfter(answer.headers['retry-after']?.[0]);
      return { ...answer, url, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
    }
    if (method === 'POST') throw blocked('a POST was redirected', url); // its body may hold a refresh token
    if (hops >= (context.maxRedirects ?? 5)) throw blocked('too many redirects', url);
    const next = redirectTarget(location, url);
    if (next.origin !== first.origin) secrets = undefined;
    url = next;
  }
}

function redirectTarget(location: string, from: URL): URL {
  const next = URL.parse(location, from.href);
  if (next === null || (next.protocol !== 'https:' && next.protocol !== 'http:'))
    throw blocked('the redirect is not to http or https', from);
  if (next.username !== '' || next.password !== '') throw blocked('the redirect carries user information', from);
  if (from.protocol === 'https:' && next.protocol === 'http:')
    throw blocked('the redirect leaves https for http', from);
  next.hash = '';
  return next;
}

function checkScheme(url: URL, fromResponse: boolean, context: Context): void {
  if (url.protocol === 'https:') return;
  const allowed = context.allowHttp ?? ((target: URL) => isLoopbackHost(target.hostname));
  if (url.protocol === 'http:' && allowed(url)) return;
  if (fromResponse) throw blocked('plain http is not allowed for the host that an answer named', url);
  throw new HttpError('insecure-http', `plain http is not allowed for ${url.host}`, { url: redactUrl(url) });
}

async function tryAgain(
  url: URL,
  root: URL,
  secrets: Readonly<Record<string, string>> | undefined,
  request: HttpRequest & { readonly method: 'GET' | 'HEAD' | 'POST' },
  context: Context,
): Promise<Answer> {
  const { deadline } = context;
  const retries = context.retries ?? 3;
  const headers = {
    ...(context.userAgent === undefined ? {} : { 'user-agent': context.userAgent }),
    ...request.headers,
    ...secrets,
  };
  for (let retry = 0; ; retry += 1) {
    const dispatcher = choose(url, root, request.namedBy !== undefined, context);
    const started = performance.now();
    const report = (what: Partial<Hop>): void =>
      request.onHop?.({
        method: request.method,
        url: redactUrl(url),
        durationMs: Math.round(performance.now() - started),
        ...what,
      });
    const backoff = backoffMs(retry, context.retryBaseMs ?? 300);
    let delay: number | undefined;
    try {
      const answer = await exchange({
        method: request.method,
        url,
        headers,
        body: request.body,
        maxBytes: request.maxBytes,
        deadline,
        dispatcher,
      });
      report({ status: answer.status, bytes: answer.body.byteLength });
      if (retry >= retries || !retryStatuses.has(answer.status)) return answer;
      delay = waitBeforeRetryMs(parseRetryAfter(answer.headers['retry-after']?.[0]), backoff, deadline.remainingMs());
      deadline.check();
      if (delay === undefined) return answer;
    } catch (error) {
      if (!isHttpError(error)) throw error;
      report({ error: error.code });
      if (retry >= retries || !isRetryable(error.reason, request.method)) throw error;
      delay = waitBeforeRetryMs(undefined, backoff, deadline.remainingMs());
      if (delay === undefined) throw error;
    }
    await wait(delay, deadline);
  }
}

// Literals never reach the DNS guard and names never reach the literal check, so both are needed.
function choose(url: URL, root: URL, named: boolean, context: Context): Dispatcher {
  if (url.origin === root.origin) return context.dispatchers.chosen;
  const space = context.dispatchers.spaceOf(root.hostname);
  const target = literalSpace(url.hostname);
  if (target !== undefined && !mayReach(space, target)) {
    throw new HttpError('blocked-address', `${named ? 'an answer' : 'a redirect'} points to a ${target} address`, {
      url: redactUrl(url),
      reason: target,
    });
  }
  return context.dispatchers.within(space === 'forbidden' ? 'public' : space);
}

function parseUrl(url: string | URL): URL {
  const parsed = URL.parse(String(url));
  if (parsed === null) throw new TypeError('request: "url" must be an absolute URL');
  if (parsed.username !== '' || parsed.password !== '')
    throw blocked('user information in an address is refused', parsed);
  return parsed;
}

function blocked(message: string, url: URL): HttpError {
  return new HttpError('blocked-redirect', message, { url: redactUrl(url) });
}
