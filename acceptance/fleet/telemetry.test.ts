import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { openFleet, startWorker } from '@sigtrail/fleet';
import { traceJobs } from '@sigtrail/fleet/opentelemetry';
import { Redis } from 'ioredis';
import { traceStages } from 'sigtrail/opentelemetry';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createWorld, type FleetWorld } from './fleet-world.ts';
import { collect, verdictOf } from './outcomes.ts';
import { hasRedis, type RedisServer, startRedis } from './redis.ts';

describe.skipIf(!hasRedis())('spans of a fleet (skipped if redis-server is not installed)', () => {
  // The asker and the worker export to different places, as two machines do: only the job connects their spans.
  const exporters = { asker: new InMemorySpanExporter(), worker: new InMemorySpanExporter() };
  const tracerOf = (exporter: InMemorySpanExporter) =>
    new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }).getTracer('test');
  const [asking, working] = [tracerOf(exporters.asker), tracerOf(exporters.worker)];
  let redis: RedisServer;
  let world: FleetWorld;
  beforeAll(async () => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    [redis, world] = await Promise.all([startRedis(), createWorld(3)]);
  });
  beforeEach(() => {
    for (const exporter of Object.values(exporters)) exporter.reset();
  });
  afterAll(async () => {
    context.disable();
    await Promise.all([redis.stop(), world.registry.close()]);
  });

  const spans = (exporter: InMemorySpanExporter, name: string): readonly ReadableSpan[] =>
    exporter.getFinishedSpans().filter((span) => span.name === name);
  const idOf = (span: ReadableSpan | undefined): string => span?.spanContext().spanId ?? expect.fail('no such span');
  const parentOf = (span: ReadableSpan | undefined): string | undefined => span?.parentSpanContext?.spanId;

  /** Scans all images below a span of the asker. */
  async function scan(prefix: string, tries = 5): Promise<readonly string[]> {
    const shared = { redis: redis.url, key: world.key, prefix };
    const { policies, trust } = world;
    const tracedWorker = { telemetry: traceJobs({ tracer: working }), onEvent: traceStages({ tracer: working }) };
    await using _worker = startWorker({ ...shared, policies, trust, registry: { retries: 0 }, ...tracedWorker });
    await using fleet = openFleet({ ...shared, telemetry: traceJobs({ tracer: asking }) });
    const pinned = world.images.map((image) => image.pinned);
    const nightly = asking.startSpan('nightly');
    const outcomes = await context.with(trace.setSpan(context.active(), nightly), async () =>
      collect(fleet.scan(pinned, { scan: 'one', policies, trust, policyFor: () => 'release', tries })),
    );
    nightly.end();
    return outcomes.map(verdictOf);
  }

  it('lead from the asker to the stages of each answer, through Redis', async () => {
    expect((await scan('spans')).toSorted()).toEqual(['rejected', 'verified', 'verified']);
    const [nightly] = spans(exporters.asker, 'nightly');
    const [ask] = spans(exporters.asker, 'sigtrail.ask');
    expect(ask).toMatchObject({ kind: SpanKind.PRODUCER, attributes: { 'sigtrail.jobs': 3 } });
    expect(parentOf(ask)).toBe(idOf(nightly));
    const jobs = spans(exporters.worker, 'sigtrail.job');
    expect(jobs.map(parentOf)).toEqual([ask, ask, ask].map(idOf));
    expect(jobs[0]).toMatchObject({
      kind: SpanKind.CONSUMER,
      attributes: { 'sigtrail.job': expect.stringMatching(/^q[0-9a-f]{64}$/) },
    });
    const answers = spans(exporters.worker, 'sigtrail.answer');
    expect(new Set(answers.map(parentOf))).toEqual(new Set(jobs.map(idOf)));
    expect(answers.map(({ attributes }) => attributes['sigtrail.verdict'])).toHaveLength(3);
    const stages = spans(exporters.worker, 'sigtrail.establish');
    expect(new Set(stages.map(parentOf))).toEqual(new Set(answers.map(idOf)));
    const all = [...exporters.asker.getFinishedSpans(), ...exporters.worker.getFinishedSpans()];
    expect(new Set(all.map((span) => span.spanContext().traceId)).size).toBe(1);
  });

  it('are of questions and of nothing that BullMQ does besides', async () => {
    await scan('nothing-besides');
    const names = (exporter: InMemorySpanExporter) =>
      new Set(exporter.getFinishedSpans().map(({ name }) => name.split('.')[0]));
    expect(names(exporters.worker)).toEqual(new Set(['sigtrail']));
    expect(names(exporters.asker)).toEqual(new Set(['sigtrail', 'nightly']));
  });

  it('say that a try failed, without its message', async () => {
    world.registry.fail({ fault: { kind: 'status', status: 500 } });
    expect(await scan('failing', 1)).toEqual(['indeterminate', 'indeterminate', 'indeterminate']);
    world.registry.clearFaults();
    expect(spans(exporters.worker, 'sigtrail.job').map(({ status }) => status)).toEqual(
      Array.from({ length: 3 }, () => ({ code: SpanStatusCode.ERROR })),
    );
  });

  it('put nothing into Redis but which span asked', async () => {
    const shared = { redis: redis.url, key: world.key, prefix: 'carried' };
    const { policies, trust } = world;
    await using fleet = openFleet({ ...shared, telemetry: traceJobs({ tracer: asking }) });
    const pinned = world.images.map((image) => image.pinned);
    const signal = new AbortController();
    const asked = collect(
      fleet.scan(pinned, { scan: 'one', policies, trust, policyFor: () => 'release', signal: signal.signal }),
    );
    await expect.poll(async () => (await fleet.status()).queues[0]?.waiting).toBe(3);
    const client = new Redis(redis.url);
    const jobs = await client.keys('*carried*:q*');
    const carried = await Promise.all(jobs.map(async (job) => client.hget(job, 'opts')));
    client.disconnect();
    expect(carried).toHaveLength(3);
    const [ask] = spans(exporters.asker, 'sigtrail.ask');
    const { traceId, spanId } = ask?.spanContext() ?? expect.fail('nothing was asked');
    for (const opts of carried)
      expect(JSON.parse(opts ?? '')).toHaveProperty(
        'tm',
        JSON.stringify({ traceparent: `00-${traceId}-${spanId}-01` }),
      );
    signal.abort();
    await expect(asked).rejects.toThrow();
  });
});
