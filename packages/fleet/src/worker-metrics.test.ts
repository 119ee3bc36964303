import type { StageEvent } from 'sigtrail';
import { describe, expect, it } from 'vitest';
import type { RegistryGate } from './registry-gate.ts';
import { guardedMetrics, measuredGate, NO_METRICS, type WorkerMetrics } from './worker-metrics.ts';
import { parseWorkerOptions } from './worker-options.ts';

const refuse = (): never => {
  throw new Error('no such label');
};
const refusing: WorkerMetrics = {
  answered: refuse,
  postponed: refuse,
  waited: refuse,
  requested: refuse,
  stage: refuse,
};
const began: StageEvent = { question: 1, stage: 'answer', phase: 'start' };
const openGate: RegistryGate = {
  enter: async () => undefined,
  answered: () => undefined,
  pausedMs: () => 0,
  isSlow: () => false,
};

it('names registries that questions name, and nothing that a registry chooses', async () => {
  const names: string[] = [];
  const note = (host: string): number => names.push(host);
  const gate = measuredGate(openGate, { ...NO_METRICS, waited: note, requested: note }, new Set(['a.test:5000']));
  for (const origin of ['https://a.test:5000', 'https://chosen-by.a.test']) {
    await gate.enter(origin, AbortSignal.timeout(1000));
    gate.answered(origin, { status: 200 });
  }
  expect(names).toEqual(['a.test:5000', 'a.test:5000', 'other', 'other']);
});

describe('metrics that throw', () => {
  it('let a request go on, and are a warning', async () => {
    const warnings: string[] = [];
    const gate = measuredGate(
      openGate,
      guardedMetrics(refusing, (message) => warnings.push(message)),
      new Set(),
    );
    await gate.enter('https://a.test', AbortSignal.timeout(1000));
    gate.answered('https://a.test', { status: 200 });
    expect(warnings).toEqual(['metrics: no such label', 'metrics: no such label']);
  });

  it('neither end a worker, nor keep the news from its other listener', () => {
    const warnings: string[] = [];
    const heard: unknown[] = [];
    const settings = parseWorkerOptions({
      redis: 'redis://127.0.0.1:1',
      key: new Uint8Array(32),
      policies: {},
      metrics: refusing,
      onEvent: (event) => {
        heard.push(event);
        throw new Error('the log is full');
      },
      onWarning: (message) => warnings.push(message),
    });
    settings.onEvent?.(began);
    settings.metrics.postponed('stopping');
    settings.metrics.answered({ kind: 'problem', problem: { code: 'invalid-job', message: 'malformed' } }, 1);
    expect(heard).toEqual([began]);
    expect(warnings).toEqual([
      'metrics: no such label',
      'onEvent: the log is full',
      'metrics: no such label',
      'metrics: no such label',
    ]);
  });

  it('are told what they are told without the guard', () => {
    const told: unknown[] = [];
    const metrics = guardedMetrics({ ...NO_METRICS, waited: (...given) => told.push(given) }, refuse);
    metrics.waited('a.test', 5);
    expect(told).toEqual([['a.test', 5]]);
  });
});
