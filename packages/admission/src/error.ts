const MARK: symbol = Symbol.for('sigtrail.AdmissionError');

/**
 * Why this package throws.
 *
 * - `invalid-settings`: the settings, or a file that they name, can't be used; the message says where.
 * - `invalid-review`: the request body is not an AdmissionReview or a ProviderRequest that this version reads.
 * - `unknown-kind`: the object is of a kind whose images this version doesn't know.
 * - `cluster`: the API server, asked for a secret, a service account or a namespace, did not answer as it should.
 */
export type AdmissionErrorCode = 'invalid-settings' | 'invalid-review' | 'unknown-kind' | 'cluster';

/** The one error class of this package: what came from a file or the cluster can't be used. */
export class AdmissionError extends Error {
  override readonly name = 'AdmissionError';
  readonly code: AdmissionErrorCode;

  constructor(code: AdmissionErrorCode, message: string, details: { readonly cause?: unknown } = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    Object.defineProperty(this, MARK, { value: true });
  }
}

/** Whether a value is an error of this package; two versions of it in one process recognise each other's. */
export function isAdmissionError(value: unknown): value is AdmissionError {
  return typeof value === 'object' && value !== null && MARK in value;
}
