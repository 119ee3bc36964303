import { ROOT_CONTEXT, type SpanContext, trace, TraceFlags } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { readTraceparent, writeTraceparent } from './traceparent.ts';

const [TRACE, SPAN] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331'];
const carrier = (traceparent: unknown): string => JSON.stringify({ traceparent });
const spanIn = (carried: string): SpanContext | undefined =>
  trace.getSpanContext(readTraceparent(ROOT_CONTEXT, carried));

describe('the trace that a job carries', () => {
  it.each([TraceFlags.SAMPLED, TraceFlags.NONE])('is read as it was written, with the flags %i', (traceFlags) => {
    const span = { traceId: TRACE, spanId: SPAN, traceFlags };
    const carried = writeTraceparent(trace.setSpanContext(ROOT_CONTEXT, span));
    expect(carried).toBe(carrier(`00-${TRACE}-${SPAN}-0${String(traceFlags)}`));
    expect(spanIn(carried)).toEqual({ ...span, isRemote: true });
  });

  it('is read if a later version says more', () => {
    expect(spanIn(carrier(`01-${TRACE}-${SPAN}-01-more`))?.spanId).toBe(SPAN);
  });

  it('is nothing if no span is active', () => {
    expect(writeTraceparent(ROOT_CONTEXT)).toBe('');
  });

  it.each([
    ['no JSON', 'traceparent'],
    ['a text', '"00"'],
    ['nothing in it', '{}'],
    ['a number', carrier(42)],
    ['capital letters', carrier(`00-${TRACE.toUpperCase()}-${SPAN}-01`)],
    ['a trace of zeros', carrier(`00-${'0'.repeat(32)}-${SPAN}-01`)],
    ['a span of zeros', carrier(`00-${TRACE}-${'0'.repeat(16)}-01`)],
    ['the version that means none', carrier(`ff-${TRACE}-${SPAN}-01`)],
    ['more than its version has', carrier(`00-${TRACE}-${SPAN}-01-more`)],
    ['too much', carrier(`01-${TRACE}-${SPAN}-01-${'a'.repeat(1000)}`)],
    ['an object that can’t be made a text', { toString: 1, valueOf: 1 }],
    ['null', null],
  ])('is left out where it is %s', (_what, carried) => {
    expect(readTraceparent(ROOT_CONTEXT, carried)).toBe(ROOT_CONTEXT);
  });
});
