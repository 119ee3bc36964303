import { tracingChannel } from 'node:diagnostics_channel';
import { verifiedImageForTests } from '@sigtrail/testing';
import { describe, expect, it } from 'vitest';
import type { FleetStatus } from '../fleet-status.ts';
import { createFleetMetrics, type FleetMetrics } from './fleet-metrics.ts';

const queue = { shard: 0, waiting: 3, active: 2, delayed: 1, failed: 0 };

/** The lines with this name, without comments and buckets. */
async function lines(metrics: FleetMetrics, name: string): Promise<readonly string[]> {
  return (await metrics.text())
    .split('\n')
    .filter((line) => line.startsWith(`sigtrail_fleet_${name}`) && !line.includes('_bucket'));
}

describe('metrics of a worker', () => {
  it('count answers by verdict and code, and the time since they were asked for', async () => {
    const metrics = createFleetMetrics();
    metrics.answered({ kind: 'report', report: verifiedImageForTests().report }, 1500);
    metrics.answered({ kind: 'problem', problem: { code: 'invalid-job', message: 'the job is malformed' } }, -20);
    expect(await lines(metrics, 'answers_total')).toEqual([
      'sigtrail_fleet_answers_total{verdict="verified",code="verified"} 1',
      'sigtrail_fleet_answers_total{verdict="problem",code="invalid-job"} 1',
    ]);
    expect(await lines(metrics, 'question_seconds_sum')).toEqual([
      'sigtrail_fleet_question_seconds_sum{verdict="verified"} 1.5',
      'sigtrail_fleet_question_seconds_sum{verdict="problem"} 0',
    ]);
    metrics.close();
  });

  it('count what registries answer, and how long requests wait for their turn', async () => {
    const metrics = createFleetMetrics();
    metrics.requested('ghcr.io', 200);
    metrics.requested('ghcr.io', 429);
    metrics.requested('ghcr.io', 404);
    metrics.waited('ghcr.io', 250);
    expect(await lines(metrics, 'registry_')).toEqual([
      'sigtrail_fleet_registry_wait_seconds_sum{registry="ghcr.io"} 0.25',
      'sigtrail_fleet_registry_wait_seconds_count{registry="ghcr.io"} 1',
      'sigtrail_fleet_registry_requests_total{registry="ghcr.io",status="2xx"} 1',
      'sigtrail_fleet_registry_requests_total{registry="ghcr.io",status="429"} 1',
      'sigtrail_fleet_registry_requests_total{registry="ghcr.io",status="4xx"} 1',
    ]);
    metrics.close();
  });

  it('have few series of one registry, whatever it answers', async () => {
    const metrics = createFleetMetrics();
    for (let status = 100; status < 1000; status += 1) metrics.requested('registry.test', status);
    expect(await lines(metrics, 'registry_requests_total')).toHaveLength(10);
    metrics.close();
  });

  it('count an answer even if its question has no time', async () => {
    const metrics = createFleetMetrics();
    metrics.answered({ kind: 'report', report: verifiedImageForTests().report }, Number.NaN);
    expect(await lines(metrics, 'answers_total')).toHaveLength(1);
    expect(await lines(metrics, 'question_seconds_sum')).toEqual([]);
    metrics.close();
  });

  it('name a hundred registries at most', async () => {
    const metrics = createFleetMetrics();
    for (let index = 0; index < 150; index += 1) metrics.requested(`registry-${String(index)}.test`, 200);
    const requests = await lines(metrics, 'registry_requests_total');
    expect(requests).toHaveLength(101);
    expect(requests.at(-1)).toBe('sigtrail_fleet_registry_requests_total{registry="other",status="2xx"} 50');
    metrics.close();
  });

  it('say how the queues are, and no longer what they were once Redis is away', async () => {
    const states: (FleetStatus | Error)[] = [{ queues: [queue], workers: 2 }, new Error('no Redis')];
    const metrics = createFleetMetrics({
      status: async () => {
        const state = states.shift();
        if (state === undefined || state instanceof Error) throw state ?? new Error('asked too often');
        return state;
      },
    });
    const first = await metrics.text();
    expect(first).toContain('sigtrail_fleet_jobs{queue="0",state="waiting"} 3\n');
    expect(first).toContain('sigtrail_fleet_workers 2\n');
    expect(first).toContain('sigtrail_fleet_redis_up 1\n');
    const second = await metrics.text();
    expect(second).not.toContain('sigtrail_fleet_jobs{');
    expect(second).toContain('sigtrail_fleet_redis_up 0\n');
    metrics.close();
  });

  it.each([
    { queues: [queue], workers: Number.NaN },
    { queues: [{ ...queue, delayed: Number.NaN }], workers: 1 },
    { queues: [queue], workers: 'many' as never },
  ])('say that Redis is away where it says %j', async (state) => {
    const metrics = createFleetMetrics({ status: async () => state });
    const text = await metrics.text();
    expect(text).toContain('sigtrail_fleet_redis_up 0\n');
    expect(text).not.toContain('sigtrail_fleet_jobs{');
    metrics.close();
  });

  it('don’t wait for a Redis that says nothing', async () => {
    const metrics = createFleetMetrics({ status: async () => new Promise(() => undefined) });
    expect(await metrics.text()).toContain('sigtrail_fleet_redis_up 0\n');
    metrics.close();
  });

  it('count commands to Redis until they are closed', async () => {
    const metrics = createFleetMetrics();
    const { start } = tracingChannel('ioredis:command');
    start.publish({});
    expect(await lines(metrics, 'redis_commands_total')).toEqual(['sigtrail_fleet_redis_commands_total 1']);
    metrics.close();
    expect(start.hasSubscribers).toBe(false);
  });

  it('know their options', () => {
    expect(() => createFleetMetrics({ status: 'up' as never })).toThrow(TypeError);
    expect(() => createFleetMetrics({ state: 1 } as never)).toThrow(TypeError);
  });
});
