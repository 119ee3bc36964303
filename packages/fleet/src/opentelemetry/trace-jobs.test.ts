import { ROOT_CONTEXT, type Span, SpanKind, trace, type Tracer } from '@opentelemetry/api';
import { expect, it } from 'vitest';
import { traceJobs } from './trace-jobs.ts';

const refuse = (): never => {
  throw new Error('the exporter is gone');
};
const job = { kind: SpanKind.CONSUMER };
const real = trace.getTracer('test');
const spanWith = (more: Partial<Span>): Tracer => ({
  startActiveSpan: refuse,
  startSpan: () => Object.assign(real.startSpan('job'), more),
});

it('leaves a job without a span if the tracer throws', () => {
  const { tracer } = traceJobs({ tracer: { startActiveSpan: refuse, startSpan: refuse } });
  const span = tracer.startSpan('job', job, ROOT_CONTEXT);
  expect(span.setSpanOnContext(ROOT_CONTEXT)).toBe(ROOT_CONTEXT);
});

it('lets a job go on if its span throws', () => {
  const broken = spanWith({ setStatus: refuse, setAttributes: refuse, end: refuse });
  const span = traceJobs({ tracer: broken }).tracer.startSpan('job', job, ROOT_CONTEXT);
  span.setAttribute('bullmq.job.id', 'q1');
  span.setAttributes({ 'bullmq.job.id': 'q1' });
  span.recordException(new Error('failed'));
  expect(span.end()).toBeUndefined();
});
