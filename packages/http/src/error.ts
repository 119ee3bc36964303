/**
 * Why a request has no usable answer.
 *
 * - `network`: DNS, connect, TLS, or a connection that broke.
 * - `proxy`: the proxy could not be reached, or refused; whether the host answers is unknown.
 * - `timeout`: a deadline of ours passed (connect, headers, idle body, or the whole call).
 * - `aborted`: the caller's signal fired.
 * - `too-large`: the answer is larger than the cap.
 * - `insecure-http`: plain http to a host for which it is not allowed.
 * - `blocked-redirect`: a redirect (or another address that came from a response) points where it may not.
 * - `blocked-address`: a host chosen by a response resolves into a more private address space than the host that named it.
 * - `invalid-response`: the answer breaks HTTP as we accept it, e.g. a `Content-Encoding` that we did not ask for.
 * - `invalid-proxy`: what the environment (or the selector) names is not the address of a proxy.
 */
export type HttpErrorCode =
  | 'network'
  | 'proxy'
  | 'timeout'
  | 'aborted'
  | 'too-large'
  | 'insecure-http'
  | 'blocked-redirect'
  | 'blocked-address'
  | 'invalid-response'
  | 'invalid-proxy';

/** Details of an {@link HttpError}. Never a header or a body. */
export interface HttpErrorDetails {
  /** Redacted address. */
  readonly url?: string | undefined;
  readonly status?: number | undefined;
  /** Code of the underlying failure, e.g. `ECONNREFUSED` or `ERR_SSL_WRONG_VERSION_NUMBER`. */
  readonly reason?: string | undefined;
  readonly cause?: unknown;
}

const brand: symbol = Symbol.for('@sigtrail/http.HttpError');

/** The only error this package throws for the state of the world. Recognise it with {@link isHttpError}. */
export class HttpError extends Error {
  readonly code: HttpErrorCode;
  readonly url?: string;
  readonly status?: number;
  readonly reason?: string;

  constructor(code: HttpErrorCode, message: string, details: HttpErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'HttpError';
    this.code = code;
    if (details.url !== undefined) this.url = details.url;
    if (details.status !== undefined) this.status = details.status;
    if (details.reason !== undefined) this.reason = details.reason;
    Object.defineProperty(this, brand, { value: true });
  }
}

/** Whether `value` is an {@link HttpError}, also one from another copy of this package. */
export function isHttpError(value: unknown): value is HttpError {
  return value instanceof Error && (value as unknown as Record<symbol, unknown>)[brand] === true; // an Error has no index signature
}
