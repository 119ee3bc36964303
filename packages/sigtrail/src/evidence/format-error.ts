/** A candidate is not in the format that it claims. Never leaves this package: it becomes the candidate's failed check. */
export class FormatError extends Error {
  override readonly name = 'FormatError';
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
