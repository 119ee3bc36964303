const MARK: symbol = Symbol.for('sigtrail.FleetError');

/**
 * Why a fleet did not answer. Closed: a new code is a breaking change.
 *
 * - `invalid-job`: what a queue or a store holds is not what an asker wrote: malformed, or without its seal
 * - `no-worker`: no worker has the policy, the trusted root or the version that the question names
 * - `worker-lost`: workers that took the job were lost, again and again
 * - `unanswered`: the job failed, and its report is gone
 * - `invalid-reference`: the text is not a reference that several machines can read
 * - `no-policy`: no policy is for this image
 * - `unreachable`: no Redis answers at the address
 * - `closed`: the fleet was closed
 */
export type FleetErrorCode =
  | 'invalid-job'
  | 'no-worker'
  | 'worker-lost'
  | 'unanswered'
  | 'invalid-reference'
  | 'no-policy'
  | 'unreachable'
  | 'closed';

/** The one error class of this package. */
export class FleetError extends Error {
  override readonly name = 'FleetError';
  readonly code: FleetErrorCode;

  constructor(code: FleetErrorCode, message: string, details: { readonly cause?: unknown } = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    Object.defineProperty(this, MARK, { value: true });
  }
}

/** Recognises a `FleetError` across copies of this package in one process. */
export function isFleetError(value: unknown): value is FleetError {
  return typeof value === 'object' && value !== null && MARK in value;
}
