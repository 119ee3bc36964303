import type { Report } from './report/any-report.ts';
import type { CandidateReport, Problem, TrustSource } from './report/report.ts';

const MARK: symbol = Symbol.for('sigtrail.SigtrailError');

/** Why the facade throws. Closed: a new code is a breaking change. Check codes inside reports are open. */
export type SigtrailErrorCode =
  | 'invalid-reference'
  | 'image-not-found'
  | 'unsigned'
  | 'only-attestations'
  | 'no-attestation'
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
  | 'invalid-capsule'
  | 'invalid-journal'
  | 'registry'
  | 'timeout'
  | 'deadline'
  | 'overloaded'
  | 'closed';

/** What a `SigtrailError` carries besides its code and sentence. */
export interface SigtrailErrorDetails {
  readonly cause?: unknown;
  /** Where in the input, for example `tlogs[0].publicKey.validFor.start`. */
  readonly path?: string;
  /** The whole report, when a policy was evaluated over an image. */
  readonly report?: Report;
  /** The report of the bundle, when `verifyBundle` refused it. */
  readonly candidate?: CandidateReport;
  /** Where the trust anchors came from, when `verifyBundle` refused a bundle. */
  readonly trust?: TrustSource;
}

/**
 * The one error class of this package: the data or the world broke a rule.
 *
 * Printed or logged, it takes a few lines: `report`, `candidate` and `trust` are not enumerable, so neither an uncaught error nor a logger writes them out.
 *
 * @example
 * try {
 *   await verifyImage('ghcr.io/acme/app:1.4', policy);
 * } catch (error) {
 *   if (!isSigtrailError(error)) throw error;
 *   error.report?.candidates.map(({ refusedBecause }) => refusedBecause);
 * }
 */
export class SigtrailError extends Error {
  override readonly name = 'SigtrailError';
  readonly code: SigtrailErrorCode;
  // `declare`: a field that is only declared would be an own `undefined` on every error, and be printed.
  declare readonly path?: string;
  /** The whole report of the image that was not verified. */
  declare readonly report?: Report;
  /** The report of the bundle that `verifyBundle` refused. */
  declare readonly candidate?: CandidateReport;
  /** Where the trust anchors came from that `verifyBundle` used, and how old they are. */
  declare readonly trust?: TrustSource;

  constructor(code: SigtrailErrorCode, message: string, details: SigtrailErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    if (details.path !== undefined) this.path = details.path;
    if (details.report !== undefined) Object.defineProperty(this, 'report', { value: details.report });
    if (details.candidate !== undefined) Object.defineProperty(this, 'candidate', { value: details.candidate });
    if (details.trust !== undefined) Object.defineProperty(this, 'trust', { value: details.trust });
    Object.defineProperty(this, MARK, { value: true });
  }

  /** What a logger writes: one line, without the report. */
  toJSON(): {
    readonly name: string;
    readonly code: SigtrailErrorCode;
    readonly message: string;
    readonly path?: string;
  } {
    const { name, code, message, path } = this;
    return { name, code, message, ...(path === undefined ? {} : { path }) };
  }
}

/** Recognises a `SigtrailError` across copies of this package in one process. */
export function isSigtrailError(value: unknown): value is SigtrailError {
  return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[MARK] === true;
}

// A report is plain JSON, and an error isn't. The error is kept beside its problem for as long as the problem itself is held.
const CAUSES = new WeakMap<Problem, unknown>();

/** Keeps the error that a problem was made from. */
export function withCause(problem: Problem, cause: unknown): Problem {
  CAUSES.set(problem, cause);
  return problem;
}

/** The error that a problem was made from; `undefined` if there was no error, or if the problem was read back from JSON. */
export function causeOf(problem: Problem): unknown {
  return CAUSES.get(problem);
}
