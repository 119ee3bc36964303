import type { AlarmCode } from './alarm-code.ts';
import type { LogEvidence } from './proof/log-evidence.ts';

const MARK: symbol = Symbol.for('sigtrail.RekorError');

/**
 * Why a log answer, proof, checkpoint or entry was refused. New codes are additions, never renames.
 *
 * Besides the alarms: `bad-request` the log refused the question; `not-enabled` it has that endpoint switched off; `unsupported` this
 * version of log can't answer it; `not-a-log` the address isn't that of a Rekor; `already-logged`, `frozen` answers to an upload.
 * Of a watcher: `state-locked` another run has its state; `invalid-state` its state can’t be read; `sink-failed` a sink could not take an event.
 */
export type RekorErrorCode =
  | AlarmCode
  | 'invalid-json'
  | 'invalid-entry'
  | 'invalid-checkpoint'
  | 'invalid-proof'
  | 'unsupported-key'
  | 'invalid-key'
  | 'invalid-response'
  | 'not-found'
  | 'bad-request'
  | 'not-enabled'
  | 'unsupported'
  | 'not-a-log'
  | 'already-logged'
  | 'frozen'
  | 'state-locked'
  | 'invalid-state'
  | 'sink-failed'
  | 'rate-limited'
  | 'server-error'
  | 'timeout'
  | 'aborted'
  | 'too-large'
  | 'network'
  | 'proxy'
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
  /** The log's own number and words for a refusal, cut short and without control characters. Not our words. */
  readonly answer?: { readonly code: number; readonly message: string };
  /** Of an alarm: what the log said, to save and to check again offline with `verifyEvidence`. */
  readonly evidence?: LogEvidence;
  /** `already-logged`: the entry that is there. */
  readonly existing?: { readonly uuid: string } | { readonly logIndex: number };
}

/** The one error class of this package: the log, or data from it, broke a rule. */
export class RekorError extends Error {
  override readonly name = 'RekorError';
  readonly code: RekorErrorCode;
  readonly path?: string;
  readonly expected?: string;
  readonly actual?: string;
  readonly status?: number;
  readonly retryAfterMs?: number;
  readonly answer?: { readonly code: number; readonly message: string };
  readonly evidence?: LogEvidence;
  readonly existing?: { readonly uuid: string } | { readonly logIndex: number };

  constructor(code: RekorErrorCode, message: string, details: RekorErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    if (details.path !== undefined) this.path = details.path;
    if (details.expected !== undefined) this.expected = details.expected;
    if (details.actual !== undefined) this.actual = details.actual;
    if (details.status !== undefined) this.status = details.status;
    if (details.retryAfterMs !== undefined) this.retryAfterMs = details.retryAfterMs;
    if (details.answer !== undefined) this.answer = details.answer;
    if (details.evidence !== undefined) this.evidence = details.evidence;
    if (details.existing !== undefined) this.existing = details.existing;
    Object.defineProperty(this, MARK, { value: true });
  }
}

/** Recognises a `RekorError` across copies of this package in one process. */
export function isRekorError(value: unknown): value is RekorError {
  return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[MARK] === true;
}

const ALARMS: ReadonlySet<string> = new Set<AlarmCode>([
  'fork',
  'rollback',
  'stale-replica',
  'entry-dropped',
  'entry-mismatch',
  'index-mismatch',
  'wrong-tree',
  'log-changed',
  'state-incomplete',
  'untrusted-key',
  'checkpoint-signature-invalid',
  'checkpoint-mismatch',
  'inclusion-invalid',
  'set-invalid',
  'tile-mismatch',
]);

/** Whether an error says that the log misbehaved, rather than that it could not be read, or that the question was wrong. */
export function isLogAlarm(value: unknown): value is RekorError & { readonly code: AlarmCode } {
  return isRekorError(value) && ALARMS.has(value.code);
}
