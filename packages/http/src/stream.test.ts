import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { ask, createSetting, failure, readAll } from '../test/setting.ts';
import { fetchTransport } from './fetch-transport.ts';
import type { Hop } from './observe.ts';

const { serve, client, end } = createSetting();
afterEach(end);

describe.each([
  ['undici', undefined],
  ['fetch', fetchTransport()],
])('a stream over %s', (_, transport) => {
  it('gives status, headers and all bytes, in bounded pieces', async () => {
    const block = Buffer.alloc(1 << 20, 'ab');
    const server = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/octet-stream', 'x-two': ['1', '2'] });
      let left = 8;
      const more = (): void => {
        while (left > 0) {
          left -= 1;
          if (!response.write(block)) return;
        }
        response.end();
      };
      response.on('drain', more);
      more();
    });
    const answer = await client({ transport }).stream(ask(server.url, { maxBytes: 8 << 20 }));
    expect([answer.status, answer.headers['content-type'], answer.url.href]).toEqual([
      200,
      ['application/octet-stream'],
      `${server.url}/`,
    ]);
    const hash = createHash('sha256');
    let size = 0;
    for await (const chunk of answer.body) {
      expect(chunk.byteLength).toBeLessThanOrEqual(1 << 20);
      size += chunk.byteLength;
      hash.update(chunk);
    }
    expect(size).toBe(8 << 20);
    expect(hash.digest('hex')).toBe(
      createHash('sha256')
        .update(Buffer.alloc(8 << 20, 'ab'))
        .digest('hex'),
    );
  });

  it('stops at the byte past the cap, declared or not', async () => {
    const server = await serve((request, response) => {
      if (request.url === '/declared') response.setHeader('content-length', 1001);
      response.write('x'.repeat(600));
      response.end('x'.repeat(401));
    });
    const http = client({ transport });
    expect((await failure(http.stream(ask(`${server.url}/declared`)))).code).toBe('too-large');
    const { body } = await http.stream(ask(server.url));
    expect((await failure(readAll(body))).code).toBe('too-large');
  });

  it('tells of a connection that breaks inside the body, and does not begin again', async () => {
    const server = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => response.destroy());
    });
    const { body } = await client({ transport }).stream(ask(server.url));
    expect((await failure(readAll(body))).code).toBe('network');
    expect(server.requests).toHaveLength(1);
  });

  it('tries again until there are headers', async () => {
    let count = 0;
    const server = await serve((request, response) => {
      count += 1;
      if (count === 1) request.socket.destroy();
      else response.writeHead(count === 2 ? 503 : 200).end('there');
    });
    expect(await readAll((await client({ transport }).stream(ask(server.url))).body)).toBe('there');
  });

  it('ends the connection when its reader leaves, cancels, or is disposed of', async () => {
    const server = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('x');
    });
    const http = client({ transport });
    const closed = async (): Promise<void> => {
      const socket = server.connections.at(-1);
      if (socket?.destroyed === false) await new Promise((resolve) => socket.once('close', resolve));
    };
    for await (const chunk of (await http.stream(ask(server.url))).body) {
      expect(chunk.byteLength).toBe(1);
      break;
    }
    await closed();
    await (await http.stream(ask(server.url))).cancel();
    await closed();
    {
      await using answer = await http.stream(ask(server.url));
      expect(answer.status).toBe(200);
    }
    await closed();
    expect(server.requests).toHaveLength(3);
  });

  it('never takes what was cancelled meanwhile for the end', async () => {
    const server = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('x');
    });
    const answer = await client({ transport }).stream(ask(server.url));
    const reading = failure(readAll(answer.body));
    await answer.cancel();
    expect((await reading).code).toBe('aborted');
  });

  it('leaves nothing running behind an answer without a body to read', async () => {
    const server = await serve((request, response) => response.writeHead(request.url === '/gone' ? 404 : 200).end('x'));
    const http = client({ transport });
    const before = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    expect((await http.stream(ask(`${server.url}/gone`, { timeoutMs: 1e9 }))).status).toBe(404);
    const head = await http.stream(ask(server.url, { method: 'HEAD', timeoutMs: 1e9 }));
    expect([head.status, await readAll(head.body)]).toEqual([200, '']);
    expect(process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length).toBeLessThanOrEqual(
      before + 1,
    );
  });

  it('has the whole body of an error, which is small', async () => {
    const server = await serve((request, response) =>
      response
        .writeHead(request.url === '/huge' ? 500 : 404)
        .end(request.url === '/huge' ? 'x'.repeat(100_000) : 'gone'),
    );
    const http = client({ transport, retries: 0 });
    const answer = await http.stream(ask(server.url));
    expect([answer.status, await readAll(answer.body)]).toEqual([404, 'gone']);
    const huge = await http.stream(ask(`${server.url}/huge`));
    expect([huge.status, await readAll(huge.body)]).toEqual([500, '']);
  });

  it('is ended by its deadline and by the caller', async () => {
    const server = await serve((_request, response) => {
      const timer = setInterval(() => response.write('x'), 10);
      response.on('close', () => clearInterval(timer));
    });
    const http = client({ transport });
    const dripping = await http.stream(ask(server.url, { timeoutMs: 150 }));
    expect((await failure(readAll(dripping.body))).code).toBe('timeout');
    const controller = new AbortController();
    const aborted = await http.stream(ask(server.url, { signal: controller.signal }));
    controller.abort();
    expect((await failure(readAll(aborted.body))).code).toBe('aborted');
  });

  it('is reported as a hop when it ends, with its bytes', async () => {
    const server = await serve((_request, response) => response.end('12345'));
    const hops: Hop[] = [];
    const answer = await client({ transport }).stream(ask(server.url, { onHop: (hop) => hops.push(hop) }));
    expect(hops).toEqual([]);
    await readAll(answer.body);
    await answer.cancel();
    expect(hops).toMatchObject([{ method: 'GET', status: 200, bytes: 5 }]);
  });
});

it('a slow reader holds the server up, and is not idle', async () => {
  let sent = 0;
  const server = await serve((_, response) => {
    const more = (): void => {
      while (sent < 16 << 20) {
        sent += 65_536;
        if (!response.write(Buffer.alloc(65_536))) return;
      }
      response.end();
    };
    response.on('drain', more);
    more();
  });
  const { body } = await client({ idleTimeoutMs: 100 }).stream(ask(server.url, { maxBytes: 32 << 20 }));
  const iterator = body[Symbol.asyncIterator]();
  await iterator.next();
  await new Promise((resolve) => setTimeout(resolve, 400)); // longer than the idle limit: the reader is slow on purpose
  expect(sent).toBeLessThan(16 << 20);
  let size = 0;
  for (let next = await iterator.next(); next.done !== true; next = await iterator.next())
    size += next.value.byteLength;
  expect(size).toBeGreaterThan(15 << 20);
});
