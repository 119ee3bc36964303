import { checkOptions, expecting, optionError, type OptionTable, requireObject } from '@sigtrail/encoding';
import { HttpError } from './error.ts';

/** Counts how often a server asked us to wait and we did, across requests that belong together. */
export interface Patience {
  throttled: number;
}

const PATIENCE: OptionTable<Patience> = {
  throttled: expecting('a whole number', (value) => Number.isSafeInteger(value) && Number(value) >= 0),
};

/** The time budget for everything that a call does. */
export interface Deadline {
  /** The retries after throttling: those of a call count together, and so do those of all calls that share this object. */
  readonly patience: Patience;
  /** Fires when the time is up or the caller's signal fires. */
  readonly signal: AbortSignal;
  /** Milliseconds left; 0 when it is over. */
  remainingMs(): number;
  /** @throws HttpError `timeout` or `aborted` when it is over */
  check(): void;
  /** The error that says why it is over. */
  error(cause?: unknown): HttpError;
  /** Stops the clock. Call it when the work is done. */
  clear(): void;
}

/** Starts a time budget of `timeoutMs`, ended earlier by `signal`. */
export function startDeadline(
  timeoutMs: number,
  signal?: AbortSignal,
  patience: Patience = { throttled: 0 },
): Deadline {
  // `Infinity` is a clock that never runs out.
  if (typeof timeoutMs !== 'number' || !(timeoutMs >= 0))
    throw optionError('invalid-option', 'startDeadline: "timeoutMs" must be a number of milliseconds');
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw optionError('invalid-option', 'startDeadline: "signal" must be an AbortSignal');
  checkOptions(patience, PATIENCE, 'startDeadline');
  requireObject(patience, 'startDeadline', 'patience', ['throttled']);
  const controller = new AbortController();
  const end = performance.now() + timeoutMs;
  const onAbort = (): void => controller.abort(signal?.reason);
  // Not unref'd: a call that waits for its retry must keep the process alive.
  const timer = Number.isFinite(timeoutMs)
    ? setTimeout(
        () => controller.abort(new DOMException('the deadline passed', 'TimeoutError')),
        Math.min(timeoutMs, 2 ** 31 - 1),
      )
    : undefined;
  if (signal?.aborted === true) onAbort();
  else signal?.addEventListener('abort', onAbort, { once: true });

  const error = (cause?: unknown): HttpError =>
    signal?.aborted === true
      ? new HttpError('aborted', 'the caller aborted', { cause: signal.reason })
      : new HttpError('timeout', `not done within ${Math.round(timeoutMs)} ms`, { cause });
  return {
    patience,
    signal: controller.signal,
    remainingMs: () => (controller.signal.aborted ? 0 : Math.max(0, end - performance.now())),
    check: () => {
      if (controller.signal.aborted) throw error();
    },
    error,
    clear: () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    },
  };
}

/** @throws HttpError `aborted` if the caller ended it: after a deadline, a status that is already known still is an answer, but not after an abort */
export function throwIfCancelled(deadline: Deadline): void {
  if (deadline.signal.aborted && deadline.error().code === 'aborted') deadline.check();
}

/** Waits, unless the deadline ends first. */
export async function wait(ms: number, deadline: Deadline): Promise<void> {
  if (typeof ms !== 'number' || !(ms >= 0))
    throw optionError('invalid-option', 'wait: "ms" must be a number of milliseconds');
  requireObject(deadline, 'wait', 'deadline', ['check', 'signal']);
  deadline.check();
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      deadline.signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    deadline.signal.addEventListener('abort', done, { once: true });
  });
  deadline.check();
}
