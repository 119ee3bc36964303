import { tracingChannel } from 'node:diagnostics_channel';
import { checkOptions, expecting, inTime, type OptionTable } from '@sigtrail/encoding';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Answer } from '../answers.ts';
import type { FleetStatus } from '../fleet-status.ts';
import type { WorkerMetrics } from '../worker-metrics.ts';

/** What is measured besides the work of a worker. */
export interface FleetMetricsOptions {
  /** Asked whenever Prometheus asks: `status` of a fleet. Without it, there are no metrics of the queues. */
  readonly status?: () => Promise<FleetStatus>;
}

/** Metrics of one worker, in the format of Prometheus. */
export interface FleetMetrics extends WorkerMetrics {
  text(): Promise<string>;
  /** Of that text. */
  readonly contentType: string;
  /** Counts no further commands. */
  close(): void;
}

const OPTIONS: OptionTable<FleetMetricsOptions> = {
  status: expecting('a function', (value) => typeof value === 'function'),
};
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const LONG_SECONDS = [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 14_400];
/** Askers choose the registries: their names must not fill the memory of Prometheus. */
const MOST_REGISTRIES = 100;
/** A Redis that is away must not keep Prometheus waiting. */
const STATUS_MS = 2000;

/**
 * Measures a worker: for its option `metrics`.
 *
 * @throws TypeError `unknown-option`, `invalid-option`
 * @example
 * const metrics = createFleetMetrics({ status: () => fleet.status() });
 * const worker = startWorker({ redis, key, policies, metrics });
 * const server = await serveMetrics(metrics, { port: 9464 });
 */
export function createFleetMetrics(options: FleetMetricsOptions = {}): FleetMetrics {
  checkOptions(options, OPTIONS, 'createFleetMetrics');
  const registry = new Registry();
  const meters = createMeters(registry);
  const registries = new Set<string>();
  const labelOf = (host: string): string => {
    if (registries.size < MOST_REGISTRIES) registries.add(host);
    return registries.has(host) ? host : 'other';
  };
  const redis = tracingChannel('ioredis:command');
  const onCommand = (): void => meters.commands.inc();
  redis.start.subscribe(onCommand);
  return {
    answered: (answer, sinceAskedMs) => {
      const { verdict, code } = labelsOf(answer);
      meters.answers.inc({ verdict, code });
      // Redis says when it was asked, and could say anything.
      if (!Number.isFinite(sinceAskedMs)) return;
      // Clocks of two machines differ.
      meters.questions.observe({ verdict }, Math.max(0, sinceAskedMs) / 1000);
    },
    postponed: (why) => meters.postponed.inc({ why }),
    waited: (host, ms) => meters.waits.observe({ registry: labelOf(host) }, ms / 1000),
    requested: (host, status) => meters.requests.inc({ registry: labelOf(host), status: statusOf(status) }),
    stage: (event) => {
      if (event.phase === 'end') meters.stages.observe({ stage: event.stage }, event.durationMs / 1000);
    },
    text: async () => {
      if (options.status !== undefined)
        setStatus(meters, await inTime(readStatus(options.status), STATUS_MS, () => undefined));
      return registry.metrics();
    },
    contentType: registry.contentType,
    close: () => redis.start.unsubscribe(onCommand),
  };
}

/** A registry chooses its status: few of them are told apart. */
function statusOf(status: number): string {
  return status === 429 ? '429' : `${String(Math.trunc(status / 100))}xx`;
}

type Meters = ReturnType<typeof createMeters>;

function createMeters(registry: Registry) {
  const registers = [registry];
  const about = (name: string, help: string) => ({ name: `sigtrail_fleet_${name}`, help, registers });
  return {
    answers: new Counter({
      ...about('answers_total', 'Answers by verdict, or "problem", and by the code that says why.'),
      labelNames: ['verdict', 'code'],
    }),
    questions: new Histogram({
      ...about('question_seconds', 'Time from a question to its answer, the wait in the queue included.'),
      labelNames: ['verdict'],
      buckets: LONG_SECONDS,
    }),
    stages: new Histogram({
      ...about('stage_seconds', 'Time of each stage of each try at an answer.'),
      labelNames: ['stage'],
      buckets: SECONDS,
    }),
    postponed: new Counter({
      ...about('postponed_total', 'Tries that ended without an answer, by reason.'),
      labelNames: ['why'],
    }),
    waits: new Histogram({
      ...about('registry_wait_seconds', 'Time that requests waited for their turn at a registry.'),
      labelNames: ['registry'],
      buckets: SECONDS,
    }),
    requests: new Counter({
      ...about('registry_requests_total', 'Answers of registries by status; 429 is a throttled request.'),
      labelNames: ['registry', 'status'],
    }),
    commands: new Counter(about('redis_commands_total', 'Commands that this process sent to Redis.')),
    jobs: new Gauge({
      ...about('jobs', 'Jobs in the queues of the whole fleet, by state.'),
      labelNames: ['queue', 'state'],
    }),
    workers: new Gauge(about('workers', 'Connected workers of the whole fleet.')),
    redisUp: new Gauge(about('redis_up', '1 where Redis said how the queues are, 0 where it did not.')),
  };
}

function labelsOf(answer: Answer): { readonly verdict: string; readonly code: string } {
  if (answer.kind === 'problem') return { verdict: 'problem', code: answer.problem.code };
  const { report } = answer;
  switch (report.verdict) {
    case 'verified':
      return { verdict: 'verified', code: 'verified' };
    case 'rejected':
      return { verdict: 'rejected', code: report.reason };
    case 'indeterminate':
      return { verdict: 'indeterminate', code: report.problems[0].code };
  }
}

/** What the metrics say of a Redis that can't be asked, or whose counts are no numbers: it is away. */
async function readStatus(status: () => Promise<FleetStatus>): Promise<FleetStatus | undefined> {
  try {
    const read = await status();
    const counts = read.queues.flatMap((queue): readonly unknown[] => Object.values(queue));
    return [read.workers, ...counts].every((count) => Number.isFinite(count)) ? read : undefined;
  } catch {
    return undefined;
  }
}

function setStatus({ jobs, workers, redisUp }: Meters, status: FleetStatus | undefined): void {
  redisUp.set(status === undefined ? 0 : 1);
  // What was true a while ago is not shown as if it still were.
  jobs.reset();
  workers.reset();
  if (status === undefined) return;
  workers.set(status.workers);
  for (const { shard, ...counts } of status.queues)
    for (const [state, count] of Object.entries(counts)) jobs.set({ queue: String(shard), state }, count);
}
