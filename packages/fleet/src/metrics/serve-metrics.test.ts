import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
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
  const read = async (): Promise<string> => Promise.reject(new Error('redis://user:hunter2@queue'));
  await using server = await serveMetrics({ ...metrics, text: read }, { port: 0 });
  const answer = await fetch(server.url);
  expect([answer.status, await answer.text()]).toEqual([500, 'the metrics could not be read\n']);
});

/** What a server answers to these requests, which reach it together. */
async function answersTo(url: string, hosts: readonly string[]): Promise<readonly string[]> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.end(hosts.map((host) => `GET /metrics HTTP/1.1\r\nHost: ${host}\r\n\r\n`).join(''));
  return (await text(socket)).split(/(?=HTTP\/1\.1 )/);
}

it('reads the metrics once for all who ask at the same time, and anew for the next', async () => {
  let readings = 0;
  const read = async (): Promise<string> => {
    readings += 1;
    await setImmediate();
    return 'read together\n';
  };
  await using server = await serveMetrics({ ...metrics, text: read }, { port: 0 });
  const answers = await answersTo(
    server.url,
    Array.from({ length: 8 }, () => 'localhost'),
  );
  expect(answers.map((answer) => answer.endsWith('read together\n'))).toEqual(Array.from({ length: 8 }, () => true));
  expect(readings).toBe(1);
  await fetch(server.url);
  expect(readings).toBe(2);
});

it.each([
  ['localhost:9464', 200],
  ['127.0.0.1', 200],
  ['[::1]:9464', 200],
  ['rebound.example', 403],
  ['127.0.0.1.rebound.example:9464', 403],
])(
  'answers programs of this machine that ask for %s with %i: a web page is known by its own name',
  async (host, status) => {
    await using server = await serveMetrics(metrics, { port: 0 });
    expect(await answersTo(server.url, [host])).toEqual([expect.stringContaining(`HTTP/1.1 ${String(status)} `)]);
  },
);

it('answers others by any name where it is told to serve them', async () => {
  await using server = await serveMetrics(metrics, { port: 0, host: '0.0.0.0' });
  const answers = await answersTo(server.url.replace('0.0.0.0', '127.0.0.1'), ['fleet.monitoring.svc']);
  expect(answers).toEqual([expect.stringContaining('HTTP/1.1 200 ')]);
});

it('rejects where another program has the port', async () => {
  await using server = await serveMetrics(metrics, { port: 0 });
  await expect(serveMetrics(metrics, { port: Number(new URL(server.url).port) })).rejects.toThrow('EADDRINUSE');
});

it('needs a port', async () => {
  await expect(serveMetrics(metrics, {} as never)).rejects.toThrow(TypeError);
  await expect(serveMetrics(metrics, { port: 70_000 })).rejects.toThrow(TypeError);
});
