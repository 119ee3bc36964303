import { expecting, type OptionTable } from '@sigtrail/encoding';
import { aFunction } from './connection-options.ts';
import type { Deadline } from './deadline.ts';
import type { HttpHeaders } from './http-headers.ts';
import type { Hop } from './observe.ts';
import type { HttpMethod } from './transport.ts';

/** A request and its limits. */
export interface HttpRequest {
  /** `GET`. */
  readonly method?: HttpMethod | undefined;
  readonly url: string | URL;
  /** Sent on every hop, so never secrets. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Sent to the origin of `url` only, and never again once a redirect has left it. */
  readonly secretHeaders?: Readonly<Record<string, string>> | undefined;
  /** Body of a POST. */
  readonly body?: string | undefined;
  /** Whether a POST only reads, so that it is retried like a GET. Its redirects are still refused. `false` */
  readonly repeatable?: boolean | undefined;
  /** Largest body of a good answer; error bodies above 64 KiB are dropped. */
  readonly maxBytes: number;
  /** The budget of the call that this request belongs to. Default: made from `timeoutMs` and `signal`. */
  readonly deadline?: Deadline | undefined;
  /** For everything together: retries, redirects, the whole body. 30 000 ms. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** The address whose answer named this `url` (a token realm, a link). Without it, the caller chose the host. */
  readonly namedBy?: string | URL | undefined;
  /** Called after every exchange. */
  readonly onHop?: ((hop: Hop) => void) | undefined;
}

const aFlag = expecting('true or false', (value) => typeof value === 'boolean');
const anAddress = expecting('an address', (value) => typeof value === 'string' || value instanceof URL);
const headerValues = expecting(
  'an object of header values',
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
);

/** The check of each member of a request. `checkHeaders` checks each header. */
export const HTTP_REQUEST: OptionTable<HttpRequest> = {
  method: expecting('GET, HEAD or POST', (value) => value === 'GET' || value === 'HEAD' || value === 'POST'),
  url: anAddress,
  headers: headerValues,
  secretHeaders: headerValues,
  body: expecting('a string', (value) => typeof value === 'string'),
  repeatable: aFlag,
  // NaN would be no limit at all: no number is greater.
  maxBytes: expecting('a number of bytes', (value) => Number.isFinite(value) && Number(value) >= 0),
  deadline: expecting('a Deadline', (value) => typeof value === 'object' && value !== null && 'remainingMs' in value),
  timeoutMs: expecting('a positive number of milliseconds', (value) => typeof value === 'number' && value > 0),
  signal: expecting('an AbortSignal', (value) => value instanceof AbortSignal),
  namedBy: anAddress,
  onHop: aFunction,
};

/** A final answer of any status. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: HttpHeaders;
  readonly body: Uint8Array;
  /** Address of the last hop. May hold secrets (presigned); show it through `redactUrl` only. */
  readonly url: URL;
  /** `Retry-After`, if the server sent it. */
  readonly retryAfterMs?: number;
}

/** A final answer whose body comes piece by piece. Read `body` to its end, leave its loop early, or `cancel`. */
export interface HttpStream extends Omit<HttpResponse, 'body'> {
  /**
   * The bytes, once. Iterating throws `HttpError`: `too-large` at the byte past `maxBytes`, `timeout`, `aborted`, `network`.
   * The body of a status other than 2xx was already read and has at most 64 KiB.
   */
  readonly body: AsyncIterable<Uint8Array>;
  /** Closes the connection and stops the clock. Does nothing after the end of the body. */
  cancel(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
