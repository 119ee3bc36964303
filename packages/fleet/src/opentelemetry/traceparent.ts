import { type Context, isSpanContextValid, trace, TraceFlags } from '@opentelemetry/api';

// W3C Trace Context §3.2.2. A later version may have more after the flags.
const TRACEPARENT = /^(?!ff)([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
/** What is longer is not from one of us. */
const MOST = 512;

/**
 * What a job carries of a trace: `traceparent` and nothing else. Baggage may hold what its program keeps secret, and would lie in Redis.
 *
 * @returns an empty text where no span is active
 */
export function writeTraceparent(context: Context): string {
  const span = trace.getSpanContext(context);
  if (span === undefined || !isSpanContextValid(span)) return '';
  const flags = (span.traceFlags & TraceFlags.SAMPLED).toString(16).padStart(2, '0');
  return JSON.stringify({ traceparent: `00-${span.traceId}-${span.spanId}-${flags}` });
}

/** The context with the span that a job names as its parent. Redis could say anything here: what is no `traceparent` is left out. */
export function readTraceparent(context: Context, carried: unknown): Context {
  const [, version, traceId = '', spanId = '', flags = '', rest] = TRACEPARENT.exec(traceparentIn(carried)) ?? [];
  const span = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & TraceFlags.SAMPLED, isRemote: true };
  const isRead = isSpanContextValid(span) && !(version === '00' && rest !== undefined);
  return isRead ? trace.setSpanContext(context, span) : context;
}

function traceparentIn(carried: unknown): string {
  if (typeof carried !== 'string' || carried.length > MOST) return '';
  try {
    const carrier: unknown = JSON.parse(carried);
    const isCarrier = typeof carrier === 'object' && carrier !== null && 'traceparent' in carrier;
    return isCarrier && typeof carrier.traceparent === 'string' ? carrier.traceparent : '';
  } catch (error) {
    if (error instanceof SyntaxError) return '';
    throw error;
  }
}
