import type { RateLimit } from '@sigtrail/http';

/**
 * What went wrong, as a stable code.
 *
 * - `not-found`: the registry (or layout) positively answers "not there".
 * - `unauthorized` / `denied`: 401 / 403, or a token server that refused; `denied` also if a file that the caller named blocks the repository.
 * - `rate-limited`: 429; see `retryAfterMs`.
 * - `server-error`: 5xx.
 * - `network`: no answer: DNS, connect, TLS, a connection that broke.
 * - `proxy`: the proxy could not be reached, or refused; whether the registry answers is unknown.
 * - `timeout` / `aborted`: our deadline passed / the caller's signal fired.
 * - `too-large`: more bytes, pages or descriptors than the cap allows.
 * - `digest-mismatch` / `size-mismatch`: the bytes are not the requested ones.
 * - `no-matching-platform`: the index has no image for the requested platform.
 * - `invalid-manifest`, `unsupported-media-type`, `invalid-response`: an answer that breaks the specification.
 * - `insecure-http`: plain http would be needed and is not allowed for that host.
 * - `blocked-redirect`: a response tried to send us (redirect, realm, Link) where it may not.
 * - `invalid-config`: the Docker configuration file, a credential, or a file for `readRegistryFiles` is malformed.
 * - `invalid-layout`: a directory or a tar file that is not a readable OCI image layout.
 * - `unsafe-file-name`: an artifact names a file so that writing it could leave the directory, or overwrite another file.
 * - `cannot-write`: the directory for the files of an artifact is in use, or the disk refuses.
 */
export type OciErrorCode =
  | 'invalid-reference'
  | 'invalid-digest'
  | 'not-found'
  | 'unauthorized'
  | 'denied'
  | 'rate-limited'
  | 'server-error'
  | 'network'
  | 'proxy'
  | 'timeout'
  | 'aborted'
  | 'too-large'
  | 'digest-mismatch'
  | 'size-mismatch'
  | 'no-matching-platform'
  | 'invalid-manifest'
  | 'unsupported-media-type'
  | 'invalid-response'
  | 'insecure-http'
  | 'blocked-redirect'
  | 'invalid-config'
  | 'invalid-layout'
  | 'unsafe-file-name'
  | 'cannot-write';

/** Details that an {@link OciError} can carry. Never a token, a header or a body. */
export interface OciErrorDetails {
  /** HTTP status of the answer, if there was one. */
  readonly status?: number | undefined;
  /** `errors[].code` of the registry's body (distribution-spec "Error Codes"). */
  readonly registryCodes?: readonly string[] | undefined;
  /** How long the registry asked us to wait (`Retry-After`). */
  readonly retryAfterMs?: number | undefined;
  /** The limits on requests that the registry states. */
  readonly rateLimit?: RateLimit | undefined;
  /** `GET`, `HEAD` or `POST`. */
  readonly method?: string | undefined;
  readonly expected?: string | number | undefined;
  readonly actual?: string | number | undefined;
  /** The requested address, without user information and with unknown query values blanked. */
  readonly url?: string | undefined;
  readonly cause?: unknown;
}

const brand: symbol = Symbol.for('oci-client-lite.OciError');

/** The only error this package throws for the state of the world. Recognise it with {@link isOciError}. */
export class OciError extends Error {
  readonly code: OciErrorCode;
  readonly status?: number;
  readonly registryCodes?: readonly string[];
  readonly retryAfterMs?: number;
  readonly rateLimit?: RateLimit;
  readonly method?: string;
  readonly expected?: string | number;
  readonly actual?: string | number;
  readonly url?: string;

  constructor(code: OciErrorCode, message: string, details: OciErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'OciError';
    this.code = code;
    if (details.status !== undefined) this.status = details.status;
    if (details.registryCodes !== undefined) this.registryCodes = details.registryCodes;
    if (details.retryAfterMs !== undefined) this.retryAfterMs = details.retryAfterMs;
    if (details.rateLimit !== undefined) this.rateLimit = details.rateLimit;
    if (details.method !== undefined) this.method = details.method;
    if (details.expected !== undefined) this.expected = details.expected;
    if (details.actual !== undefined) this.actual = details.actual;
    if (details.url !== undefined) this.url = details.url;
    Object.defineProperty(this, brand, { value: true });
  }
}

/** Whether `value` is an {@link OciError}, also one from another copy of this package in the same process. */
export function isOciError(value: unknown): value is OciError {
  return value instanceof Error && (value as unknown as Record<symbol, unknown>)[brand] === true; // an Error has no index signature
}
