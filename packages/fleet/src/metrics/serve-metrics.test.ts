import { expect, it } from 'vitest';
import { serveMetrics } from './serve-metrics.ts';

const metrics = { text: async () => 'sigtrail_fleet_workers 1\n', contentType: 'text/plain; version=0.0.4' };

it('serves the metrics on this machine alone, and nothing else', async () => {
  await using server = await serveMetrics(metrics, { port: 0 });
  expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/metrics$/);
  const answer = await fetch(server.url);
  expect([answer.status, answer.headers.get('content-type'), await answer.text()]).toEqual([
    200,
    metrics.contentType,
    'sigtrail_fleet_workers 1\n',
  ]);
  expect((await fetch(new URL('/', server.url))).status).toBe(404);
  expect((await fetch(server.url, { method: 'POST' })).status).toBe(404);
});

it('says that the metrics could not be read, and not why', async () => {
  const text = async (): Promise<string> => Promise.reject(new Error('redis://user:hunter2@queue'));
  await using server = await serveMetrics({ ...metrics, text }, { port: 0 });
  const answer = await fetch(server.url);
  expect([answer.status, await answer.text()]).toEqual([500, 'the metrics could not be read\n']);
});

it('rejects where another program has the port', async () => {
  await using server = await serveMetrics(metrics, { port: 0 });
  await expect(serveMetrics(metrics, { port: Number(new URL(server.url).port) })).rejects.toThrow('EADDRINUSE');
});

it('needs a port', async () => {
  await expect(serveMetrics(metrics, {} as never)).rejects.toThrow(TypeError);
  await expect(serveMetrics(metrics, { port: 70_000 })).rejects.toThrow(TypeError);
});
