import {
  type Attributes,
  type Context,
  context,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from '@opentelemetry/api';
import { checkOptions, expecting, type OptionTable } from '@sigtrail/encoding';
import type { Telemetry } from 'bullmq';
import { readTraceparent, writeTraceparent } from './traceparent.ts';

/** Where spans go. */
export interface TraceJobsOptions {
  /** Default: a tracer named `@sigtrail/fleet` of the provider that the program registered with OpenTelemetry, before or after this call. */
  readonly tracer?: Tracer;
}

type JobSpan = ReturnType<Telemetry<Context>['tracer']['startSpan']>;
type JobAttributes = Parameters<JobSpan['setAttributes']>[0];

const OPTIONS: OptionTable<TraceJobsOptions> = {
  tracer: expecting(
    'a tracer of OpenTelemetry: trace.getTracer(name)',
    (value) =>
      typeof value === 'object' && value !== null && 'startSpan' in value && typeof value.startSpan === 'function',
  ),
};

/**
 * The `telemetry` of askers and workers: a span where jobs are asked, and one below it, in whichever process, for each try at a job. The jobs carry the trace as a W3C `traceparent`.
 *
 * A worker that also has `onEvent: traceStages()` of `sigtrail/opentelemetry` has the spans of its answers below those of its jobs.
 *
 * @throws TypeError `unknown-option`, `invalid-option`
 * @example
 * const worker = startWorker({ redis, key, policies, telemetry: traceJobs(), onEvent: traceStages() });
 */
export function traceJobs(options: TraceJobsOptions = {}): Telemetry<Context> {
  checkOptions(options, OPTIONS, 'traceJobs');
  const { tracer = trace.getTracer('@sigtrail/fleet') } = options;
  return {
    tracer: {
      startSpan: (_name, given, parent = context.active()) => {
        // BullMQ numbers kinds as OpenTelemetry does.
        const kind = Number(given?.kind);
        if (kind === SpanKind.PRODUCER) return spanOf(tracer, 'sigtrail.ask', SpanKind.PRODUCER, parent);
        if (kind === SpanKind.CONSUMER) return spanOf(tracer, 'sigtrail.job', SpanKind.CONSUMER, parent);
        return NO_SPAN;
      },
    },
    contextManager: {
      with: (within: Context, work) => context.with(within, work),
      active: () => context.active(),
      root: () => ROOT_CONTEXT,
      getMetadata: writeTraceparent,
      fromMetadata: readTraceparent,
    },
  };
}

function spanOf(tracer: Tracer, name: string, kind: SpanKind, parent: Context): JobSpan {
  const span = attempt(() => tracer.startSpan(name, { kind }, parent));
  if (span === undefined) return NO_SPAN;
  const fail = (): void => void attempt(() => span.setStatus({ code: SpanStatusCode.ERROR }));
  const describe = (attributes: JobAttributes): void => void attempt(() => span.setAttributes(keptOf(attributes)));
  return {
    setSpanOnContext: (within: Context) => trace.setSpan(within, span),
    setAttribute: (key, value) => describe({ [key]: value }),
    setAttributes: describe,
    // The messages of errors stay out: they are in the reports, and the spans of the answers have the codes.
    addEvent: (event) => {
      if (event === 'job failed') fail();
    },
    recordException: fail,
    end: () => attempt(() => span.end()),
  };
}

/** A tracer that throws must not keep a worker from its jobs: BullMQ would end over it. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

/** What BullMQ does besides, such as looking for a next job, would be thousands of spans about nothing. */
const NO_SPAN: JobSpan = {
  setSpanOnContext: (within: Context) => within,
  setAttribute: () => undefined,
  setAttributes: () => undefined,
  addEvent: () => undefined,
  recordException: () => undefined,
  end: () => undefined,
};

const KEPT: Readonly<Record<string, string>> = {
  'bullmq.job.id': 'sigtrail.job',
  'bullmq.job.bulk.count': 'sigtrail.jobs',
  'bullmq.job.attempts.made': 'sigtrail.tries',
};

function keptOf(attributes: JobAttributes): Attributes {
  return Object.fromEntries(
    Object.entries(attributes).flatMap(([key, value]) => {
      const name = KEPT[key];
      return name !== undefined && (typeof value === 'string' || typeof value === 'number') ? [[name, value]] : [];
    }),
  );
}
