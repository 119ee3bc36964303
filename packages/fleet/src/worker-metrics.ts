import type { StageEvent } from 'sigtrail';
import type { Answer } from './answers.ts';
import { hostOf, type RegistryGate } from './registry-gate.ts';

/** Why a try at a question ended without an answer; the question is back in its queue. */
export type Postponement =
  /** The registry wants to be left alone. */
  | 'registry-paused'
  /** Not everything could be read. */
  | 'unreadable'
  /** This worker has another policy, trusted root or version. */
  | 'for-another-worker'
  /** This worker stops. */
  | 'stopping';

/** What a worker reports of its work: `createFleetMetrics` of `@sigtrail/fleet/metrics`, or your own. What it throws is a warning. */
export interface WorkerMetrics {
  /** A question has its answer, so long after it was asked, by the clocks of asker and worker. */
  answered(answer: Answer, sinceAskedMs: number): void;
  postponed(why: Postponement): void;
  /** A request waited so long for its turn at the registry, which is `other` unless a question named it: a token server, or where a registry redirects to. */
  waited(host: string, ms: number): void;
  /** The registry answered; 429 is a throttled request. */
  requested(host: string, status: number): void;
  /** A stage of an answer began or ended. */
  stage(event: StageEvent): void;
}

/** For workers without metrics. */
export const NO_METRICS: WorkerMetrics = {
  answered: () => undefined,
  postponed: () => undefined,
  waited: () => undefined,
  requested: () => undefined,
  stage: () => undefined,
};

/**
 * The gate, with its waits and the answers of registries reported. Only hosts that questions name have a name of their own: a registry chooses where it redirects to, and would fill the metrics
 * with names.
 */
export function measuredGate(gate: RegistryGate, metrics: WorkerMetrics, named: ReadonlySet<string>): RegistryGate {
  const nameOf = (origin: string): string => (named.has(hostOf(origin)) ? hostOf(origin) : 'other');
  return {
    ...gate,
    enter: async (origin, signal) => {
      const began = performance.now();
      await gate.enter(origin, signal);
      metrics.waited(nameOf(origin), performance.now() - began);
    },
    answered: (origin, answer) => {
      gate.answered(origin, answer);
      metrics.requested(nameOf(origin), answer.status);
    },
  };
}

/** What a program does about a piece of news must not change an answer, nor end the worker: what it throws is a warning. */
export function guarded<News extends readonly unknown[]>(
  tell: (...news: News) => void,
  name: string,
  onWarning: (message: string) => void,
): (...news: News) => void {
  return (...news) => {
    try {
      tell(...news);
    } catch (error) {
      onWarning(`${name}: ${error instanceof Error ? error.message : 'unknown reason'}`);
    }
  };
}

export function guardedMetrics(metrics: WorkerMetrics, onWarning: (message: string) => void): WorkerMetrics {
  const guard = <News extends readonly unknown[]>(tell: (...news: News) => void): ((...news: News) => void) =>
    guarded(tell, 'metrics', onWarning);
  return {
    answered: guard((answer: Answer, sinceAskedMs: number) => metrics.answered(answer, sinceAskedMs)),
    postponed: guard((why: Postponement) => metrics.postponed(why)),
    waited: guard((host: string, ms: number) => metrics.waited(host, ms)),
    requested: guard((host: string, status: number) => metrics.requested(host, status)),
    stage: guard((event: StageEvent) => metrics.stage(event)),
  };
}
