import type { CallOptions } from './options.ts';
import type { Until } from './until.ts';

/** How long a call may take, and whether its caller still waits. */
export interface Deadline {
  /** Fires when the caller aborts, or when the time is up. */
  readonly signal: AbortSignal;
  /** Milliseconds that are left; at least 1, since a timeout option must be positive. */
  leftMs(): number;
  /** How many of them may go to reading the registry. The rest is for verifying what was read: a place that never answers must not cost the good signature beside it. */
  readingMs(): number;
  /**
   * Between two parts of a long computation: lets timers and sockets run.
   *
   * @throws DeadlineOver when the call is over
   */
  turn(): Promise<void>;
  /** The caller's absolute deadline, if that is what ends this call. */
  readonly until?: Until;
  /** Whether the call is over. Timers don't fire during a computation, so this also asks the clock. */
  isOver(): boolean;
  /** @throws DeadlineOver when the call is over */
  check(): void;
}

/** The call is over. Never leaves this package: candidates that have not been verified yet stay open. */
export class DeadlineOver extends Error {
  override readonly name = 'DeadlineOver';
}

// The longest stretch of computation without a pause, if it can be split.
const STRETCH_MS = 4;

// Verifying an image takes milliseconds; with an SBOM of 64 MiB, a second or two.
const VERIFYING_SHARE = 1 / 4;
const MAX_VERIFYING_MS = 5000;

/** A deadline that counts from now, or the absolute one if that comes first. */
export function startDeadline(timeoutMs: number, signal?: AbortSignal, until?: Until): Deadline {
  const start = performance.now();
  const isAbsolute = until !== undefined && until.end < start + timeoutMs;
  const end = isAbsolute ? until.end : start + timeoutMs;
  const timeout = end <= start ? AbortSignal.abort() : AbortSignal.timeout(Math.ceil(end - start));
  const ends = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
  return { ...deadlineOf(ends, () => end - performance.now()), ...(isAbsolute ? { until } : {}) };
}

/** Only the caller's signal ends it: for a replay, which waits for nothing and has no clock. */
export function withoutDeadline(signal: AbortSignal = new AbortController().signal): Deadline {
  return deadlineOf(signal, () => Number.MAX_SAFE_INTEGER);
}

function deadlineOf(signal: AbortSignal, remainingMs: () => number): Deadline {
  let turned = performance.now();
  const isOver = (): boolean => signal.aborted || remainingMs() <= 0;
  const check = (): void => {
    if (isOver()) throw new DeadlineOver('the deadline passed');
  };
  return {
    signal,
    leftMs: () => Math.max(1, Math.ceil(remainingMs())),
    readingMs: () => {
      const left = remainingMs();
      return Math.max(1, Math.ceil(left - Math.min(left * VERIFYING_SHARE, MAX_VERIFYING_MS)));
    },
    isOver,
    check,
    turn: async () => {
      if (performance.now() - turned >= STRETCH_MS) {
        await new Promise(setImmediate);
        turned = performance.now();
      }
      check();
    },
  };
}

/** What a call needs to have a deadline. */
interface Timed {
  readonly timeoutMs: number;
  readonly until?: Until;
  readonly tape?: { readonly mode: 'record' | 'replay' };
}

/**
 * Does the work of one call within its deadline. When the caller aborts, the call rejects at once, with the caller's own reason; when
 * the time is up, the work ends by itself, with what it knows by then.
 */
export async function withinDeadline<C extends Timed, T>(
  { signal, timeoutMs }: Pick<CallOptions, 'signal' | 'timeoutMs'>,
  context: C,
  work: (context: C & { readonly deadline: Deadline }) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const deadline =
    context.tape?.mode === 'replay'
      ? withoutDeadline(signal)
      : startDeadline(timeoutMs ?? context.timeoutMs, signal, context.until);
  return untilAborted(work({ ...context, deadline }), signal);
}

/** The result of the work, or the caller's reason as soon as the caller aborts. @throws `signal.reason` */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  let abort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason as Error);
    // The work may have aborted it before its first wait.
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
  try {
    const answer = await Promise.race([work, aborted]);
    signal.throwIfAborted();
    return answer;
  } catch (error) {
    // Work that noticed the abort first failed because of it.
    signal.throwIfAborted();
    throw error;
  } finally {
    if (abort !== undefined) signal.removeEventListener('abort', abort);
  }
}
