import { context, type Span, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { identity } from '../../test/attempt.ts';
import { createImage, type ImageUnderTest } from '../../test/image-under-test.ts';
import { createVerifier } from '../verifier.ts';
import { traceStages } from './trace-stages.ts';

const policy = { signedBy: identity };
const PARTS = ['sigtrail.wait', 'sigtrail.discover', 'sigtrail.establish', 'sigtrail.decide'];

describe('spans of stages', () => {
  const exporter = new InMemorySpanExporter();
  const tracer = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }).getTracer('test');
  let image: ImageUnderTest;
  beforeAll(() => void context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()));
  afterAll(() => context.disable());
  beforeEach(async () => {
    exporter.reset();
    image = await createImage();
    image.attachBundle(image.sigstore.signBundle({ statement: { imageDigest: image.digest }, signer: image.signer }));
  });
  afterEach(() => image.close());

  const spans = (name: string): readonly ReadableSpan[] =>
    exporter.getFinishedSpans().filter((span) => span.name === name);
  const only = (name: string): ReadableSpan => {
    const [span, ...others] = spans(name);
    expect(others).toEqual([]);
    return span ?? expect.fail(`there is no span ${name}`);
  };
  const parentOf = (span: ReadableSpan): string | undefined => span.parentSpanContext?.spanId;
  const idOf = (span: ReadableSpan | Span): string => span.spanContext().spanId;

  it('are those of an answer below the span of the caller, and of its stages below the answer', async () => {
    await using verifier = createVerifier({ ...image.options, onEvent: traceStages({ tracer }) });
    const caller = tracer.startSpan('deploy');
    await context.with(trace.setSpan(context.active(), caller), () => verifier.evaluate(image.reference, policy));
    caller.end();
    const answer = only('sigtrail.answer');
    expect(parentOf(answer)).toBe(idOf(caller));
    expect(answer.attributes).toMatchObject({ 'sigtrail.verdict': 'verified', 'sigtrail.image': image.reference });
    expect(PARTS.map((name) => parentOf(only(name)))).toEqual(PARTS.map(() => idOf(answer)));
    expect(only('sigtrail.discover').attributes).toEqual({
      'sigtrail.image': image.reference,
      'sigtrail.requests': image.registry.requests.length,
      'sigtrail.bytes': expect.any(Number),
      'sigtrail.finds': 1,
      'sigtrail.unread': 0,
    });
    expect(only('sigtrail.establish').attributes).toEqual({
      'sigtrail.digest': image.digest,
      'sigtrail.candidates': 1,
      'sigtrail.unread': 0,
    });
    expect(only('sigtrail.decide').attributes).toMatchObject({
      'sigtrail.accepted': 1,
      'sigtrail.outcome': 'satisfied',
    });
    expect(exporter.getFinishedSpans().map(({ status }) => status.code)).toEqual(
      exporter.getFinishedSpans().map(() => SpanStatusCode.UNSET),
    );
  });

  it('keep questions apart that are asked at the same time', async () => {
    await using verifier = createVerifier({ ...image.options, onEvent: traceStages({ tracer }) });
    await Promise.all(Array.from({ length: 5 }, async () => verifier.evaluate(image.reference, policy)));
    const answers = spans('sigtrail.answer').map(idOf);
    expect(answers).toHaveLength(5);
    for (const part of PARTS) expect(new Set(spans(part).map(parentOf))).toEqual(new Set(answers));
    expect(new Set(spans('sigtrail.answer').map((span) => span.spanContext().traceId)).size).toBe(5);
  });

  it('say that a rejection is an answer, and why', async () => {
    await using verifier = createVerifier({ ...image.options, onEvent: traceStages({ tracer }) });
    await verifier.evaluate(image.reference, { signedBy: { ...identity, subject: 'stranger@acme.test' } });
    const { attributes, status } = only('sigtrail.answer');
    expect(attributes).toMatchObject({ 'sigtrail.verdict': 'rejected', 'sigtrail.code': 'no-match' });
    expect(status.code).toBe(SpanStatusCode.UNSET);
  });

  it('are errors if the registry could not be read', async () => {
    const onEvent = traceStages({ tracer });
    await using verifier = createVerifier({ ...image.options, registry: { retries: 0 }, onEvent });
    image.registry.fail({ fault: { kind: 'status', status: 500 } });
    await verifier.evaluate(image.reference, policy);
    const error = { code: SpanStatusCode.ERROR, message: 'server-error' };
    expect([only('sigtrail.discover').status, only('sigtrail.answer').status]).toEqual([error, error]);
    expect(only('sigtrail.answer').attributes).toMatchObject({
      'error.type': 'server-error',
      'sigtrail.verdict': 'indeterminate',
    });
  });

  it('are errors if a call rejects, and don’t show the caller’s reason', async () => {
    await using verifier = createVerifier({ ...image.options, onEvent: traceStages({ tracer }) });
    await expect(verifier.evaluate('https://alice:hunter2@nowhere.test/x', policy)).rejects.toThrow();
    expect(only('sigtrail.answer').status).toEqual({ code: SpanStatusCode.ERROR, message: 'invalid-reference' });
    exporter.reset();
    const signal = AbortSignal.abort(new Error('hunter2'));
    await expect(verifier.evaluate(image.reference, policy, { signal })).rejects.toThrow('hunter2');
    expect(only('sigtrail.answer').status).toEqual({ code: SpanStatusCode.ERROR, message: '_OTHER' });
    expect(JSON.stringify(exporter.getFinishedSpans().map(said))).not.toMatch(/alice|hunter2/);
  });

  it('hold no password, no token and no content', async () => {
    const registry = { credentials: { username: 'alice', password: 'hunter2-secret' } };
    await using verifier = createVerifier({ ...image.options, registry, onEvent: traceStages({ tracer }) });
    await verifier.evaluate(image.reference, policy);
    const all = exporter.getFinishedSpans().map(said);
    expect(all).toHaveLength(5);
    expect(JSON.stringify(all)).not.toMatch(/alice|hunter2|YWxpY2U/);
    expect(
      Math.max(...all.flatMap(({ attributes }) => Object.values(attributes).map((one) => String(one).length))),
    ).toBeLessThan(200);
  });

  it('name an answer by the requested reference, not by its platforms', () => {
    const tell = traceStages({ tracer });
    const question = 7;
    const images = ['ghcr.io/acme/app:1.4', 'ghcr.io/acme/app@sha256:aa', 'ghcr.io/acme/app@sha256:bb'];
    tell({ question, stage: 'answer', phase: 'start' });
    for (const asked of images) tell({ question, stage: 'discover', phase: 'start', image: asked });
    const counts = { durationMs: 1, requests: 1, bytes: 1, finds: 1, unread: 0 };
    for (const asked of images) tell({ question, stage: 'discover', phase: 'end', image: asked, ...counts });
    tell({ question, stage: 'answer', phase: 'end', durationMs: 1, verdict: 'verified' });
    expect(only('sigtrail.answer').attributes).toEqual({ 'sigtrail.image': images[0], 'sigtrail.verdict': 'verified' });
    expect(spans('sigtrail.discover').map(({ attributes }) => attributes['sigtrail.image'])).toEqual(images);
  });

  it('go to the provider that the program registers, even after the verifier is made', async () => {
    await using verifier = createVerifier({ ...image.options, onEvent: traceStages() });
    trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }));
    try {
      await verifier.evaluate(image.reference, policy);
      expect(only('sigtrail.answer').instrumentationScope.name).toBe('sigtrail');
    } finally {
      trace.disable();
    }
  });
});

it('go to a tracer, and to nothing else', () => {
  expect(() => traceStages({ tracer: 'sigtrail' as never })).toThrow(TypeError);
  expect(() => traceStages({ provider: trace } as never)).toThrow(TypeError);
});

/** Everything of a span that leaves the process. */
function said({
  name,
  attributes,
  status,
  events,
}: ReadableSpan): Pick<ReadableSpan, 'name' | 'attributes' | 'status' | 'events'> {
  return { name, attributes, status, events };
}
