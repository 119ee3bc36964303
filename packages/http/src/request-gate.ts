import type { Deadline } from './deadline.ts';
import type { HttpHeaders } from './http-headers.ts';
import { type RateLimit, readRateLimit } from './response-headers.ts';
import { parseRetryAfter } from './retry.ts';

/**
 * Decides when an origin may be asked, for clients that share its limit: several in one process, or many processes. It is asked before each request, including redirects and
 * retries.
 */
export interface RequestGate {
  /** Resolves when a request may be sent. May reject once the signal fires; the request then ends with its own deadline. If it rejects earlier, the request rejects with the same error. */
  enter(origin: string, signal: AbortSignal): Promise<void>;
  /** Gets what an answer says about the origin's limits. Must not throw. */
  answered(origin: string, answer: GateAnswer): void;
}

/** What a gate may learn from an answer: no body, and only the headers about limits. */
export interface GateAnswer {
  readonly status: number;
  /** From `Retry-After`. */
  readonly retryAfterMs?: number;
  readonly rateLimit?: RateLimit;
}

/** Waits at the gate, for as long as the deadline allows. @throws HttpError `timeout`, `aborted` */
export async function passGate(gate: RequestGate, origin: string, deadline: Deadline): Promise<void> {
  deadline.check();
  try {
    await orEnded(gate.enter(origin, deadline.signal), deadline.signal);
  } catch (error) {
    // If a gate gives up because the signal fired, the error of the deadline is better than the gate's.
    deadline.check();
    throw error;
  }
  deadline.check();
}

/** Tells the gate about an answer. */
export function tellGate(
  gate: RequestGate | undefined,
  origin: string,
  { status, headers }: { readonly status: number; readonly headers: HttpHeaders },
): void {
  if (gate === undefined) return;
  const retryAfterMs = parseRetryAfter(headers['retry-after']?.[0]);
  const rateLimit = readRateLimit(headers);
  gate.answered(origin, {
    status,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(rateLimit === undefined ? {} : { rateLimit }),
  });
}

async function orEnded(entering: Promise<void>, signal: AbortSignal): Promise<void> {
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
    signal.addEventListener('abort', end, { once: true });
  });
  try {
    await Promise.race([entering, ended]);
  } finally {
    signal.removeEventListener('abort', end);
  }
}
