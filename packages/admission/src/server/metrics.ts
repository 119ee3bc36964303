import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { RequestEvent } from 'oci-client-lite';
import type { Finding } from '../judge/findings.ts';
import type { TrustState } from '../settings/open-trust.ts';

/** What Prometheus is told. Labels come from closed lists, never from a Pod: a user who creates Pods must not fill the memory of Prometheus. */
export interface Metrics {
  review(hook: string, outcome: 'allowed' | 'refused' | 'failed', seconds: number, findings: readonly Finding[]): void;
  reload(what: 'settings' | 'certificate', outcome: 'ok' | 'failed'): void;
  registry(event: RequestEvent): void;
  text(sources: MetricSources): Promise<string>;
  readonly contentType: string;
}

/** What is read when Prometheus asks. */
export interface MetricSources {
  readonly joined: number;
  readonly open: number;
  readonly trust: TrustState;
  readonly now: Date;
}

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30];

export function createMetrics(): Metrics {
  const registers = [new Registry()];
  const [registry] = registers;
  if (registry === undefined) throw new Error('a list of one has a first element');
  const counter = <T extends string>(name: string, help: string, labelNames: readonly T[]): Counter<T> =>
    new Counter({ name: `sigtrail_admission_${name}`, help, labelNames: [...labelNames], registers });
  const gauge = (name: string, help: string): Gauge =>
    new Gauge({ name: `sigtrail_admission_${name}`, help, registers });
  const histogram = <T extends string>(name: string, help: string, labelNames: readonly T[]): Histogram<T> =>
    new Histogram({
      name: `sigtrail_admission_${name}`,
      help,
      labelNames: [...labelNames],
      buckets: SECONDS,
      registers,
    });

  const reviews = histogram('review_seconds', 'Time from request to answer.', ['hook', 'outcome']);
  const verdicts = counter('verdicts_total', 'Images by the code of their verdict and what came of it.', [
    'code',
    'result',
  ]);
  const reloads = counter('reloads_total', 'Reloads of settings and certificates.', ['what', 'outcome']);
  const exchanges = histogram('registry_seconds', 'Exchanges with registries.', ['status']);
  const joined = gauge('shared_questions', 'Questions answered by the work of an earlier one, since the start.');
  const open = gauge('open_questions', 'Distinct images that are being verified or wait for it.');
  const ready = gauge('trust_ready', '1 where there is trust to verify with.');
  const age = gauge('trust_age_seconds', 'Seconds since trust was made or last refreshed, where that is known.');
  const expires = gauge('trust_expires_in_seconds', 'Seconds until trust from a TUF repository expires.');
  const memory = gauge('resident_memory_bytes', 'Memory of the process.');
  return {
    review: (hook, outcome, seconds, findings) => {
      reviews.observe({ hook, outcome }, seconds);
      for (const { code, result } of findings) verdicts.inc({ code, result });
    },
    reload: (what, outcome) => reloads.inc({ what, outcome }),
    registry: (event) => {
      if (event.phase === 'end') exchanges.observe({ status: statusOf(event) }, event.durationMs / 1000);
    },
    text: async (sources) => {
      joined.set(sources.joined);
      open.set(sources.open);
      ready.set(sources.trust.ready ? 1 : 0);
      if (sources.trust.ready && sources.trust.since !== undefined)
        age.set(secondsBetween(sources.trust.since, sources.now));
      if (sources.trust.ready && sources.trust.expires !== undefined)
        expires.set(secondsBetween(sources.now, sources.trust.expires));
      memory.set(process.memoryUsage.rss());
      return registry.metrics();
    },
    contentType: registry.contentType,
  };
}

function secondsBetween(from: Date, to: Date): number {
  return (to.getTime() - from.getTime()) / 1000;
}

function statusOf({ status }: { readonly status?: number | undefined }): string {
  return status === undefined ? 'none' : String(status);
}
