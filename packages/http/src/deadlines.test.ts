import { afterEach, describe, expect, it } from 'vitest';
import { ask, createSetting, failure, readAll } from '../test/setting.ts';
import { startDeadline, wait } from './deadline.ts';
import { fetchTransport } from './fetch-transport.ts';
import type { Transport } from './transport.ts';

const { serve, serveRaw, client, end } = createSetting();
afterEach(end);

/** What a busy machine and undici's timers (which tick every half second above one second) may add to a limit. */
const slackMs = 1500;

async function timed<T>(work: Promise<T>): Promise<readonly [T, number]> {
  const started = performance.now();
  const result = await work;
  return [result, performance.now() - started];
}

describe.each([
  ['undici', undefined],
  ['fetch', fetchTransport()],
])('over %s', (_, transport) => {
  it('the first header has a limit', async () => {
    const server = await serve(() => undefined);
    const http = client({ transport, headersTimeoutMs: 100, retries: 0 });
    const [error, ms] = await timed(failure(http.request(ask(server.url))));
    expect([error.code, error.reason]).toEqual(['timeout', 'UND_ERR_HEADERS_TIMEOUT']);
    expect(ms).toBeGreaterThan(90);
    expect(ms).toBeLessThan(100 + slackMs);
  });

  it('silence inside a body has a limit, in requests and in streams', async () => {
    const server = await serve((_request, response) => response.write('x'));
    const http = client({ transport, idleTimeoutMs: 100, retries: 0 });
    const [error, ms] = await timed(failure(http.request(ask(server.url))));
    expect([error.code, error.reason]).toEqual(['timeout', 'UND_ERR_BODY_TIMEOUT']);
    expect(ms).toBeLessThan(100 + slackMs);
    const { body } = await http.stream(ask(server.url));
    expect((await failure(readAll(body))).code).toBe('timeout');
  });

  it('a body that drips is idle never, and over at the deadline', async () => {
    const server = await serve((_request, response) => {
      const timer = setInterval(() => response.write('x'), 20);
      response.on('close', () => clearInterval(timer));
    });
    const http = client({ transport, idleTimeoutMs: 5000, retries: 0 });
    const [error, ms] = await timed(failure(http.request(ask(server.url, { timeoutMs: 250 }))));
    expect([error.code, error.message]).toEqual(['timeout', 'not done within 250 ms']);
    expect(ms).toBeGreaterThan(240);
    expect(ms).toBeLessThan(250 + slackMs);
  });

  it('the deadline covers tries and redirects together', async () => {
    const server = await serve((request, response) => {
      response.writeHead(302, { location: `${request.url ?? ''}x` }).end();
    });
    const http = client({ transport, maxRedirects: 1_000_000 });
    const [error, ms] = await timed(failure(http.request(ask(server.url, { timeoutMs: 250 }))));
    expect(error.code).toBe('timeout');
    expect(ms).toBeLessThan(250 + slackMs);
    expect(server.requests.length).toBeGreaterThan(1);
  });

  it('an abort is at once, and ends the connection', async () => {
    const server = await serve(() => undefined);
    const controller = new AbortController();
    const pending = failure(client({ transport }).request(ask(server.url, { signal: controller.signal })));
    const socket = await new Promise<{ once(event: 'close', then: () => void): void }>((resolve) => {
      const poll = setInterval(() => {
        const [first] = server.requests;
        if (first === undefined) return;
        clearInterval(poll);
        resolve(first.socket);
      }, 1);
    });
    const closed = new Promise<void>((resolve) => socket.once('close', resolve));
    controller.abort();
    const [error, ms] = await timed(pending);
    expect(error.code).toBe('aborted');
    expect(ms).toBeLessThan(slackMs);
    await closed;
  });
});

it('connecting has a limit', async () => {
  const http = client({
    connectTimeoutMs: 100,
    retries: 0,
    allowHttp: () => true,
    // RFC 5737 documentation space would be refused by the guard; a resolver that never answers is as silent.
    resolve: () => undefined,
  });
  const [error, ms] = await timed(failure(http.request(ask('http://silent.test/'))));
  expect([error.code, error.reason]).toEqual(['timeout', 'UND_ERR_CONNECT_TIMEOUT']);
  expect(ms).toBeLessThan(100 + slackMs);
});

it('a deadline ends a request that is still connecting, long before the limit on connecting', async () => {
  const http = client({ allowHttp: () => true, resolve: () => undefined });
  const [error, ms] = await timed(failure(http.request(ask('http://silent.test/', { timeoutMs: 100 }))));
  expect(error.code).toBe('timeout');
  expect(ms).toBeLessThan(100 + slackMs);
});

it('a deadline ends a request that waits for a free connection, and the request is never sent', async () => {
  const server = await serve((request, response) => {
    if (request.url === '/slow') setTimeout(() => response.end('slow'), 400);
    else response.end('quick');
  });
  const http = client({ connections: 1 });
  const slow = http.request(ask(`${server.url}/slow`));
  const [error, ms] = await timed(failure(http.request(ask(`${server.url}/queued`, { timeoutMs: 50 }))));
  expect(error.code).toBe('timeout');
  expect(ms).toBeLessThan(350);
  expect((await slow).status).toBe(200);
  expect((await http.request(ask(`${server.url}/after`))).status).toBe(200);
  expect(server.requests.map(({ url }) => url)).toEqual(['/slow', '/after']);
});

it('a TLS handshake that never ends is connecting', async () => {
  const server = await serveRaw(() => undefined);
  const http = client({ connectTimeoutMs: 100, retries: 0 });
  const [error, ms] = await timed(failure(http.request(ask(server.url.replace('http:', 'https:')))));
  expect([error.code, error.reason]).toEqual(['timeout', 'UND_ERR_CONNECT_TIMEOUT']);
  expect(ms).toBeLessThan(100 + slackMs);
});

it('an error body that drips costs two seconds at most, and never the status', async () => {
  const server = await serve((_, response) => {
    response.writeHead(404);
    const timer = setInterval(() => response.write('x'), 20);
    response.on('close', () => clearInterval(timer));
  });
  const [answer, ms] = await timed(client().request(ask(server.url, { timeoutMs: 30_000 })));
  expect([answer.status, answer.body.byteLength]).toEqual([404, 0]);
  expect(ms).toBeLessThan(2000 + slackMs);
  const [sooner, soonerMs] = await timed(client().request(ask(server.url, { timeoutMs: 100 })));
  expect(sooner.status).toBe(404);
  expect(soonerMs).toBeLessThan(100 + slackMs);
});

it('a transport that doesn’t listen to its signal is left behind', async () => {
  const deaf: Transport = { exchange: async () => await new Promise(() => undefined) };
  const [error, ms] = await timed(
    failure(client({ transport: deaf }).request(ask('https://a.test/', { timeoutMs: 50 }))),
  );
  expect(error.code).toBe('timeout');
  expect(ms).toBeLessThan(50 + slackMs);
  const mute: Transport = {
    exchange: async () => ({
      status: 200,
      headers: [],
      body: { [Symbol.asyncIterator]: () => ({ next: async () => await new Promise(() => undefined) }) },
    }),
  };
  expect((await failure(client({ transport: mute }).request(ask('https://a.test/', { timeoutMs: 50 })))).code).toBe(
    'timeout',
  );
});

it('a wait ends with its deadline', async () => {
  const controller = new AbortController();
  const waiting = failure(wait(60_000, startDeadline(Number.POSITIVE_INFINITY, controller.signal)));
  controller.abort();
  expect((await waiting).code).toBe('aborted');
  expect(startDeadline(1000, AbortSignal.abort()).remainingMs()).toBe(0);
});
