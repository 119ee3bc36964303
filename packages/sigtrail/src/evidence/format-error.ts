import type { FaultCode } from '../report/codes.ts';

/** A candidate doesn't have the format that it claims. Never leaves this package: it becomes the candidate's failed check. */
export class FormatError extends Error {
  override readonly name = 'FormatError';
  readonly code: FaultCode;

  constructor(code: FaultCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The refusal of the strict JSON reader, as a `FormatError`. */
export function notJson(code: FormatError['code'], what: string, cause: unknown): FormatError {
  const why = cause instanceof Error ? cause.message : 'it is malformed';
  return new FormatError(code, `${what} is not JSON that every reader understands in the same way: ${why}`, { cause });
}
