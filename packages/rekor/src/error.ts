const MARK: symbol = Symbol.for('sigtrail.RekorError');

/** Why a log answer, proof, checkpoint or entry was refused. New codes are additions, never renames. */
export type RekorErrorCode =
  | 'invalid-json'
  | 'invalid-entry'
  | 'invalid-checkpoint'
  | 'invalid-proof'
  | 'unsupported-key'
  | 'invalid-response'
  | 'entry-mismatch'
  | 'not-found'
  | 'rate-limited'
  | 'server-error'
  | 'timeout'
  | 'aborted'
  | 'too-large'
  | 'network'
  | 'insecure-http'
  | 'blocked-redirect';

/** What a `RekorError` carries besides its code and sentence. */
export interface RekorErrorDetails {
  readonly cause?: unknown;
  /** Where in the document, for example `spec.signature.content`. */
  readonly path?: string;
  readonly expected?: string;
  readonly actual?: string;
  /** HTTP status of the log's answer. */
  readonly status?: number;
  /** How long the log asked us to wait. */
  readonly retryAfterMs?: number;
}

/** The one error class of this package: data or the log was not as it had to be. */
export class RekorError extends Error {
  override readonly name = 'RekorError';
  readonly code: RekorErrorCode;
  readonly path?: string;
  readonly expected?: string;
  readonly actual?: string;
  readonly status?: number;
  readonly retryAfterMs?: number;

  constructor(code: RekorErrorCode, message: string, details: RekorErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    if (details.path !== undefined) this.path = details.path;
    if (details.expected !== undefined) this.expected = details.expected;
    if (details.actual !== undefined) this.actual = details.actual;
    if (details.status !== undefined) this.status = details.status;
    if (details.retryAfterMs !== undefined) this.retryAfterMs = details.retryAfterMs;
    Object.defineProperty(this, MARK, { value: true });
  }
}

/** Recognises a `RekorError` across copies of this package in one process. */
export function isRekorError(value: unknown): value is RekorError {
  return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[MARK] === true;
}
