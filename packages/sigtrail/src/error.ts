const MARK: symbol = Symbol.for('sigtrail.SigtrailError');

/** Why the facade throws. Closed: a new code is a breaking change. Check codes inside reports are open. */
export type SigtrailErrorCode =
  | 'invalid-reference'
  | 'image-not-found'
  | 'unsigned'
  | 'only-attestations'
  | 'no-match'
  | 'indeterminate'
  | 'ambiguous-platform'
  | 'invalid-trusted-root'
  | 'trust-unavailable'
  | 'trust-expired'
  | 'invalid-bundle'
  | 'invalid-certificate'
  | 'invalid-key'
  | 'invalid-policy'
  | 'invalid-report'
  | 'invalid-capsule'
  | 'registry'
  | 'timeout'
  | 'aborted'
  | 'closed';

/** What a `SigtrailError` carries besides its code and sentence. */
export interface SigtrailErrorDetails {
  readonly cause?: unknown;
  /** Where in the input, for example `tlogs[0].publicKey.validFor.start`. */
  readonly path?: string;
  /** The whole report, when a policy was evaluated. */
  readonly report?: unknown;
}

/** The one error class of this package: data or the world was not as it had to be. */
export class SigtrailError extends Error {
  override readonly name = 'SigtrailError';
  readonly code: SigtrailErrorCode;
  readonly path?: string;
  readonly report?: unknown;

  constructor(code: SigtrailErrorCode, message: string, details: SigtrailErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    if (details.path !== undefined) this.path = details.path;
    if (details.report !== undefined) this.report = details.report;
    Object.defineProperty(this, MARK, { value: true });
  }
}

/** Recognises a `SigtrailError` across copies of this package in one process. */
export function isSigtrailError(value: unknown): value is SigtrailError {
  return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[MARK] === true;
}

/** A programmer's mistake in an option: a `TypeError` with a stable `code`. */
export function optionError(code: string, message: string): TypeError & { readonly code: string } {
  return Object.assign(new TypeError(message), { code });
}
