import { checkOptions, type OptionTable } from '@sigtrail/encoding';
import { type Deadline, type Hop, startDeadline } from '@sigtrail/http';
import { isOciError } from '../error.ts';
import { toOciError } from './errors-from-http.ts';
import type { ReadOptions, TranscriptEntry } from '../repository.ts';

/** One public call while it runs: its time budget and its transcript. */
export interface Call {
  readonly deadline: Deadline;
  /** How to treat answers that processes share; absent: ignore them. */
  readonly sharedListings?: ReadOptions['sharedListings'];
  /** Records a request: what it was for, and which file sent it there. */
  onHop(hop: Hop, note?: string, routedBy?: string): void;
  /** Records a file read, or an answer from memory. */
  look(look: TranscriptEntry): void;
  /** Adds details of the answer to the last request. */
  annotate(what: Pick<TranscriptEntry, 'digest' | 'error' | 'note'>): void;
}

/** A running call, and its end. */
export interface StartedCall {
  readonly call: Call;
  /** The error of the call for its caller; also notes it in the transcript. */
  fail(thrown: unknown): unknown;
  /** Ends the transcript and the clock. */
  end(): void;
}

/** Starts a public call whose options were checked: its deadline and its transcript. */
export function startCall(options: ReadOptions, defaultTimeoutMs: number): StartedCall {
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
  const deadline = startDeadline(timeoutMs, options.signal, options.patience);
  // The last request is held back until its bytes are known.
  let held: TranscriptEntry | undefined;
  const flush = (): void => {
    const look = held;
    held = undefined;
    if (look !== undefined) options.onRequest?.(look);
  };
  const hold = (look: TranscriptEntry): void => {
    flush();
    held = look;
  };
  const call: Call = {
    deadline,
    sharedListings: options.sharedListings,
    onHop: (hop, note, routedBy) => {
      const { method, url, status, bytes, durationMs } = hop;
      const error = hop.error === 'blocked-address' ? 'blocked-redirect' : hop.error;
      hold({
        method,
        url,
        ...(status === undefined ? {} : { status }),
        ...(bytes === undefined ? {} : { bytes }),
        durationMs,
        ...(error === undefined ? {} : { error }),
        ...(note === undefined ? {} : { note }),
        ...(routedBy === undefined ? {} : { routedBy }),
      });
    },
    look: hold,
    annotate: (what) => {
      if (held !== undefined) held = { ...held, ...what };
    },
  };
  return {
    call,
    fail: (thrown) => {
      const error = toOciError(thrown, held?.method === 'READ' ? undefined : held?.method);
      if (isOciError(error) && error.code !== 'not-found' && held?.error === undefined)
        call.annotate({ error: error.code });
      return error;
    },
    end: () => {
      flush();
      deadline.clear();
    },
  };
}

/** Runs a public call: checks its options, starts its deadline, turns transport errors into ours, and hands every request to `onRequest`. */
export async function runCall<T, O extends ReadOptions>(
  options: O,
  table: OptionTable<O>,
  defaultTimeoutMs: number,
  work: (call: Call) => Promise<T>,
): Promise<T> {
  checkOptions(options, table, 'the call');
  const started = startCall(options, defaultTimeoutMs);
  try {
    return await work(started.call);
  } catch (thrown) {
    throw started.fail(thrown);
  } finally {
    started.end();
  }
}

/** Waits for shared work, but no longer than this call's deadline. */
export async function within<T>(promise: Promise<T>, deadline: Deadline): Promise<T> {
  deadline.check();
  let onAbort: (() => void) | undefined;
  const ended = new Promise<never>((_, reject) => {
    onAbort = () => reject(deadline.error());
    deadline.signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, ended]);
  } finally {
    if (onAbort !== undefined) deadline.signal.removeEventListener('abort', onAbort);
  }
}
