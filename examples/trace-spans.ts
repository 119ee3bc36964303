// Where did the time go? A span for each answer and for each of its stages, below the span of the program that asked.
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { createVerifier } from 'sigtrail';
import { traceStages } from 'sigtrail/opentelemetry';
import { SIGNER, startEmbeddedRegistry } from './embedded-registry.ts';

// Your program has these lines already, with the exporter of your collector.
const exporter = new InMemorySpanExporter();
trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }));
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());

const { registry, trust } = await startEmbeddedRegistry(); // yours is ghcr.io
const verifier = createVerifier({ trust, onEvent: traceStages() });
await trace.getTracer('deploy').startActiveSpan('deploy', async (span) => {
  await verifier.evaluate(`${registry.host}/acme/bundle-keyless-github:v1`, { signedBy: SIGNER });
  span.end();
});
await verifier.close();
await registry.close();

print(undefined, '');

function print(parent: string | undefined, indent: string): void {
  for (const span of exporter.getFinishedSpans().filter((one) => parentOf(one) === parent)) {
    console.log(`${indent}${span.name}`, span.attributes);
    print(span.spanContext().spanId, `${indent}  `);
  }
}

function parentOf({ parentSpanContext }: ReadableSpan): string | undefined {
  return parentSpanContext?.spanId;
}
