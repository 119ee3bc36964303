import {
  type Attributes,
  type Context,
  context,
  type Span,
  SpanStatusCode,
  trace,
  type Tracer,
} from '@opentelemetry/api';
import { optionError } from '@sigtrail/encoding';
import { assertKeys } from '../policy/parse-options.ts';
import type { StageEvent } from '../stage-event.ts';
import { VERSION } from '../version.ts';

/** Where spans go. */
export interface TraceStagesOptions {
  /** Default: a tracer named `sigtrail` of the provider that the program registered with OpenTelemetry, before or after this call. */
  readonly tracer?: Tracer;
}

interface OpenAnswer {
  readonly span: Span;
  readonly within: Context;
  /** Whether the span says which image the answer is about. */
  isNamed: boolean;
}

/** A stage that has ended. */
type Ended = Exclude<StageEvent, { readonly phase: 'start' }>;

/**
 * Makes spans of stage events: for `onEvent` of a verifier, or for the diagnostics channel `sigtrail:stage`, which has the events of all verifiers of a process.
 *
 * Each answer is a span, a child of the span that is active where the question is asked, and each of its stages is a child of the answer. They say what the events say: names,
 * durations, counts, the verdict and its code. No header, no body and no secret is in them.
 *
 * @throws TypeError `unknown-option`, `invalid-option`
 * @example
 * const verifier = createVerifier({ onEvent: traceStages() });
 */
export function traceStages(options: TraceStagesOptions = {}): (event: StageEvent) => void {
  assertKeys(options, ['tracer'], 'options');
  const { tracer = trace.getTracer('sigtrail', VERSION) } = options;
  if (typeof tracer?.startSpan !== 'function')
    throw optionError('invalid-option', '"tracer" must be a tracer of OpenTelemetry: trace.getTracer(name)');
  const answers = new Map<number, OpenAnswer>();
  // Several, where a question asks the same about the same image twice at a time.
  const open = new Map<string, readonly Span[]>();
  return (event) => {
    const { stage, question, image } = event;
    const key = `${String(question)} ${stage} ${image ?? ''}`;
    const spans = open.get(key) ?? [];
    if (event.phase === 'start') {
      const answer = answers.get(question);
      const parent = answer?.within ?? context.active();
      const span = tracer.startSpan(`sigtrail.${stage}`, { attributes: imageOf(event) }, parent);
      open.set(key, [...spans, span]);
      if (stage === 'answer') answers.set(question, { span, within: trace.setSpan(parent, span), isNamed: false });
      else if (stage === 'discover') nameAnswer(answer, event);
      return;
    }
    const [span, ...others] = spans;
    if (others.length === 0) open.delete(key);
    else open.set(key, others);
    if (stage === 'answer') answers.delete(question);
    if (span !== undefined) end(span, event);
  };
}

/** An answer begins before its reference is read. The first discovery is about the reference; those of its platforms come later. */
function nameAnswer(answer: OpenAnswer | undefined, event: StageEvent): void {
  if (answer === undefined || answer.isNamed) return;
  answer.isNamed = true;
  answer.span.setAttributes(imageOf(event));
}

/** The reference as it was asked for is that of the discovery; later stages have the digest. */
function imageOf({ stage, image }: StageEvent): Attributes {
  if (image === undefined) return {};
  return stage === 'discover' ? { 'sigtrail.image': image } : { 'sigtrail.digest': image };
}

function end(span: Span, event: Ended): void {
  span.setAttributes(attributesOf(event));
  const error = errorOf(event);
  if (error !== undefined) {
    span.setAttribute('error.type', error);
    span.setStatus({ code: SpanStatusCode.ERROR, message: error });
  }
  span.end();
}

/** One by one: what an event may say one day is not a reason to export it. */
function attributesOf(event: Ended): Attributes {
  if ('failed' in event) return {};
  switch (event.stage) {
    case 'answer':
      return { 'sigtrail.verdict': event.verdict, 'sigtrail.code': event.code };
    case 'wait':
      return {};
    case 'discover':
      return {
        'sigtrail.requests': event.requests,
        'sigtrail.bytes': event.bytes,
        'sigtrail.finds': event.finds,
        'sigtrail.unread': event.unread,
      };
    case 'establish':
      return { 'sigtrail.candidates': event.candidates, 'sigtrail.unread': event.unread };
    case 'decide':
      return { 'sigtrail.accepted': event.accepted, 'sigtrail.outcome': event.outcome };
  }
}

/** What could not be done. A rejection is an answer, and no error. */
function errorOf(event: Ended): string | undefined {
  // `_OTHER` is what OpenTelemetry calls an error without a name.
  if ('failed' in event) return event.code ?? '_OTHER';
  if (event.stage === 'discover') return event.problem;
  return event.stage === 'answer' && event.verdict === 'indeterminate' ? event.code : undefined;
}
