import { channel } from 'node:diagnostics_channel';
import type { HttpErrorCode } from './error.ts';
import { redactUrl } from './redact-url.ts';
import type { HttpMethod } from './transport.ts';

/** One request on one connection, as a transcript shows it. */
export interface Hop {
  readonly method: HttpMethod;
  /** Redacted address. */
  readonly url: string;
  readonly status?: number;
  readonly bytes?: number;
  readonly durationMs: number;
  /** Present if there was no answer, or the body broke. */
  readonly error?: HttpErrorCode;
  /** Code of the underlying failure, e.g. `ECONNRESET`. */
  readonly reason?: string;
}

/** The beginning of an exchange. */
export interface RequestStart {
  readonly phase: 'start';
  /** The same in both events of an exchange; no other exchange of this process has it. */
  readonly id: number;
  readonly method: HttpMethod;
  /** Redacted address. */
  readonly url: string;
  /** 1 for the first attempt at this address. */
  readonly attempt: number;
  /** Redirects followed before. */
  readonly redirects: number;
}

/** The end of an exchange: its {@link Hop}, and what was known at its beginning. */
export interface RequestEnd extends Omit<RequestStart, 'phase'>, Hop {
  readonly phase: 'end';
}

/** What `onRequest` and the diagnostics channel `sigtrail:http:request` get. No header, no body, no secret part of an address. */
export type RequestEvent = RequestStart | RequestEnd;

/** The name of the `node:diagnostics_channel` that gets every {@link RequestEvent} of this process. */
export const requestChannel = 'sigtrail:http:request';

/** How an exchange ended. */
export type Outcome = Omit<Hop, 'method' | 'url' | 'durationMs'>;

/** The event to report, and its receivers. */
export interface Observed {
  readonly method: HttpMethod;
  readonly url: URL;
  readonly attempt: number;
  readonly redirects: number;
  readonly onHop: ((hop: Hop) => void) | undefined;
  readonly onRequest: ((event: RequestEvent) => void) | undefined;
}

const events = channel(requestChannel);
let count = 0;

/** Reports the beginning of an exchange; call the result once, at its end. */
export function observe({
  onHop,
  onRequest,
  method,
  url: address,
  attempt,
  redirects,
}: Observed): (outcome: Outcome) => void {
  const isWatched = onRequest !== undefined || events.hasSubscribers;
  if (!isWatched && onHop === undefined) return () => undefined;
  const url = redactUrl(address);
  const started = performance.now();
  count += 1;
  const basis = { id: count, method, url, attempt, redirects };
  const tell = (event: RequestEvent): void => {
    onRequest?.(event);
    if (events.hasSubscribers) events.publish(event);
  };
  if (isWatched) tell({ phase: 'start', ...basis });
  let isTold = false;
  return (outcome) => {
    if (isTold) return;
    isTold = true;
    const durationMs = Math.round(performance.now() - started);
    onHop?.({ method, url, durationMs, ...outcome });
    if (isWatched) tell({ phase: 'end', ...basis, durationMs, ...outcome });
  };
}
