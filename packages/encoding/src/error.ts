const MARK: symbol = Symbol.for('sigtrail.EncodingError');

/**
 * Why a text was refused. `invalid-json`: it is not JSON that every reader understands in the same way. `too-large`: it exceeds a limit on bytes, members or depth,
 * and nothing was built from it.
 */
export type EncodingErrorCode = 'invalid-json' | 'too-large';

/** A text that the strict readers refuse. The input itself is never in the message: it may be a secret, or a whole body. */
export class EncodingError extends Error {
  override readonly name = 'EncodingError';
  readonly code: EncodingErrorCode;
  /** Where in the document, for example `spec.signature.content`. */
  readonly path?: string;

  constructor(
    code: EncodingErrorCode,
    message: string,
    details: { readonly path?: string; readonly cause?: unknown } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    if (details.path !== undefined) this.path = details.path;
    Object.defineProperty(this, MARK, { value: true });
  }
}

/** Recognises the error of any copy of this package in the process. */
export function isEncodingError(error: unknown): error is EncodingError {
  return error instanceof Error && MARK in error;
}
