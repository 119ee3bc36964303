import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type RequestEvent, requestChannel } from '@sigtrail/http';
import { warnOn } from './warnings.ts';
import type { Streams } from './streams.ts';

/** Writes every request and its answer to standard error until the result is called. Addresses are redacted, and headers and bodies are not told. */
export function traceHttp(streams: Pick<Streams, 'stderr'>): () => void {
  const write = warnOn(streams);
  const listener = (message: unknown): void => {
    if (isEvent(message)) write(toLine(message));
  };
  subscribe(requestChannel, listener);
  return () => void unsubscribe(requestChannel, listener);
}

/** The channel is ours, but anybody in the process can publish on it. */
function isEvent(message: unknown): message is RequestEvent {
  return typeof message === 'object' && message !== null && 'phase' in message && 'method' in message;
}

function toLine(event: RequestEvent): string {
  const { id, method, url } = event;
  if (event.phase === 'start') {
    const { attempt, redirects } = event;
    return `→ ${id} ${method} ${url}${attempt > 1 ? `, try ${attempt}` : ''}${redirects > 0 ? `, redirect ${redirects}` : ''}`;
  }
  const { status, bytes, durationMs, error, reason } = event;
  const answer = status === undefined ? (error ?? 'no answer') : String(status);
  const why = reason === undefined ? '' : ` (${reason})`;
  return `← ${id} ${answer}${why}${bytes === undefined ? '' : `, ${bytes} bytes`}, ${durationMs} ms`;
}
