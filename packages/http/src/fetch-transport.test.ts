import { afterEach, expect, it } from 'vitest';
import { ask, createSetting, failure } from '../test/setting.ts';
import { fetchTransport } from './fetch-transport.ts';

const { serve, client, closedPort, end } = createSetting();
afterEach(end);

it('carries what undici carries: status, headers, bytes, redirects by hand, secrets that stay', async () => {
  const second = await serve((_, response) => response.end('there'));
  const first = await serve((request, response) => {
    if (request.url === '/out') response.writeHead(307, { location: `${second.url}/x` }).end();
    else response.writeHead(401, { 'www-authenticate': ['Basic realm="a"', 'Bearer realm="b"'] }).end('no');
  });
  const http = client({ transport: fetchTransport() });
  const refused = await http.request(ask(first.url));
  expect([refused.status, Buffer.from(refused.body).toString()]).toEqual([401, 'no']);
  // Joined by fetch, which a reader of lists can take apart again (RFC 9110 §5.3).
  expect(refused.headers['www-authenticate']).toEqual(['Basic realm="a", Bearer realm="b"']);
  const answer = await http.request(ask(`${first.url}/out`, { secretHeaders: { authorization: 'Bearer s3cr3t' } }));
  expect(answer.url.href).toBe(`${second.url}/x`);
  expect(second.requests[0]?.headers.authorization).toBeUndefined();
});

it('posts, asks for heads, and tries again', async () => {
  let count = 0;
  const bodies: string[] = [];
  const server = await serve((request, response) => {
    request.setEncoding('utf8').on('data', (text: string) => bodies.push(text));
    request.on('end', () => {
      count += 1;
      response.writeHead(count === 1 ? 503 : 200).end('x');
    });
  });
  const http = client({ transport: fetchTransport() });
  expect((await http.request(ask(server.url, { method: 'HEAD' }))).body.byteLength).toBe(0);
  expect((await http.request(ask(server.url, { method: 'POST', body: 'a=b' }))).status).toBe(200);
  expect([server.requests.map(({ method }) => method), bodies]).toEqual([['HEAD', 'HEAD', 'POST'], ['a=b']]);
});

it('gives the reason of a connection that fails', async () => {
  const http = client({ transport: fetchTransport(), retries: 0 });
  const error = await failure(http.request(ask(`http://127.0.0.1:${await closedPort()}/`)));
  expect([error.code, error.reason]).toEqual(['network', 'ECONNREFUSED']);
});

it('takes a fetch of one’s own, and refuses one that hides where redirects go', async () => {
  const asked: unknown[] = [];
  const http = client({
    transport: fetchTransport({
      fetch: async (url, init) => {
        asked.push([url instanceof URL ? url.href : url, init?.redirect]);
        return await Promise.resolve(new Response('hello'));
      },
    }),
  });
  expect(Buffer.from((await http.request(ask('https://a.test/x'))).body).toString()).toBe('hello');
  expect(asked).toEqual([['https://a.test/x', 'manual']]);
  const browser = client({ transport: fetchTransport({ fetch: async () => await Promise.resolve(Response.error()) }) });
  expect((await failure(browser.request(ask('https://a.test/')))).code).toBe('blocked-redirect');
});

it('keeps what a transport of a class has in its prototype', async () => {
  let isClosed = false;
  class Mine {
    readonly body = 'mine';
    async exchange(): Promise<{ status: number; headers: []; body: AsyncIterable<Uint8Array> }> {
      return await Promise.resolve({ status: 200, headers: [], body: new Blob([this.body]).stream() });
    }
    spaceOf(): 'loopback' {
      return 'loopback';
    }
    async close(): Promise<void> {
      isClosed = await Promise.resolve(true);
    }
  }
  const http = client({ transport: new Mine() });
  const answer = await http.request(ask('http://127.0.0.1/', { namedBy: 'https://registry.test/' }));
  expect(Buffer.from(answer.body).toString()).toBe('mine');
  await http.close();
  expect(isClosed).toBe(true);
});
