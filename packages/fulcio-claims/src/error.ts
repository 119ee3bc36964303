const MARK: symbol = Symbol.for('sigtrail.ClaimsError');

/** Why a certificate's claims were refused. New codes are additions, never renames. */
export type ClaimsErrorCode =
  | 'invalid-certificate'
  | 'invalid-der'
  | 'invalid-text'
  | 'duplicate-extension'
  | 'issuer-mismatch'
  | 'invalid-subject-alternative-name';

/** Details of a `ClaimsError`, besides its code and message. */
export interface ClaimsErrorDetails {
  readonly cause?: unknown;
  /** The extension it is about. */
  readonly oid?: string;
}

/** The one error class of this package: the certificate broke a rule. */
export class ClaimsError extends Error {
  override readonly name = 'ClaimsError';
  readonly code: ClaimsErrorCode;
  readonly oid?: string;

  constructor(code: ClaimsErrorCode, message: string, details: ClaimsErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    if (details.oid !== undefined) this.oid = details.oid;
    Object.defineProperty(this, MARK, { value: true });
  }
}

/** Recognises a `ClaimsError` across copies of this package in one process. */
export function isClaimsError(value: unknown): value is ClaimsError {
  return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[MARK] === true;
}
