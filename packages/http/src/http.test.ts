import { gzipSync } from 'node:zlib';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { ask, createSetting, failure } from '../test/setting.ts';
import type { Hop } from './observe.ts';

const { serve, client, closedPort, end } = createSetting();
afterEach(end);

describe('bounds', () => {
  it('returns status, body and repeated headers', async () => {
    const { url } = await serve((_, response) => {
      response.setHeader('www-authenticate', ['Basic realm="a"', 'Bearer realm="b"']);
      response.writeHead(401).end('no');
    });
    const answer = await client().request(ask(url));
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toEqual(['Basic realm="a"', 'Bearer realm="b"']);
    expect(new TextDecoder().decode(answer.body)).toBe('no');
  });

  it('refuses a declared length above the cap without reading', async () => {
    const { url } = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '1001' });
      response.write('x');
    });
    expect((await failure(client().request(ask(url)))).code).toBe('too-large');
  });

  it('stops an endless body at the cap', async () => {
    const { url } = await serve((_, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(4096)));
      };
      response.on('drain', more);
      more();
    });
    expect((await failure(client().request(ask(url)))).code).toBe('too-large');
  });

  it('accepts a body of exactly the cap, and an empty one with cap 0', async () => {
    const { url } = await serve((request, response) => response.end(request.url === '/empty' ? '' : 'x'.repeat(1000)));
    expect((await client().request(ask(url))).body.byteLength).toBe(1000);
    expect((await client().request(ask(`${url}/empty`, { maxBytes: 0 }))).body.byteLength).toBe(0);
  });

  it('never decodes a Content-Encoding, and refuses it', async () => {
    const { url, requests } = await serve((_, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('hello')),
    );
    expect((await failure(client().request(ask(url)))).code).toBe('invalid-response');
    expect(requests[0]?.headers['accept-encoding']).toBe('identity');
  });

  it('keeps the status of an error whose body is encoded, huge or cut off', async () => {
    const { url } = await serve((request, response) => {
      if (request.url === '/gzip') response.writeHead(404, { 'content-encoding': 'gzip' }).end(gzipSync('x'));
      else if (request.url === '/huge') response.writeHead(404).end('x'.repeat(200_000));
      else {
        response.writeHead(416, { 'content-length': '105' });
        response.write('short', () => response.destroy());
      }
    });
    for (const [path, status] of [
      ['/gzip', 404],
      ['/huge', 404],
      ['/short', 416],
    ] as const) {
      expect((await client().request(ask(url + path))).status).toBe(status);
    }
  });

  it('ends a call that drips at its deadline', async () => {
    const { url } = await serve((_, response) => {
      const timer = setInterval(() => response.write('x'), 5);
      response.on('close', () => clearInterval(timer));
    });
    const started = performance.now();
    expect((await failure(client().request(ask(url, { timeoutMs: 100 })))).code).toBe('timeout');
    expect(performance.now() - started).toBeLessThan(2000);
  });

  it('ends when headers or the next byte never come', async () => {
    const { url } = await serve((request, response) => {
      if (request.url === '/idle') response.write('x');
    });
    const http = client({ headersTimeoutMs: 50, idleTimeoutMs: 50, retries: 0 });
    expect((await failure(http.request(ask(url)))).reason).toBe('UND_ERR_HEADERS_TIMEOUT');
    const idle = await failure(http.request(ask(`${url}/idle`)));
    expect([idle.code, idle.reason]).toEqual(['timeout', 'UND_ERR_BODY_TIMEOUT']);
  });

  it('ends at once when the caller aborts, also between tries', async () => {
    const { url } = await serve((_, response) => response.writeHead(503, { 'retry-after': '20' }).end());
    const controller = new AbortController();
    const pending = failure(client().request(ask(url, { signal: controller.signal, onHop: () => controller.abort() })));
    expect((await pending).code).toBe('aborted');
    expect((await failure(client().request(ask(url, { signal: AbortSignal.abort() })))).code).toBe('aborted');
  });
});

it('close ends what is in flight, at once', async () => {
  const { url } = await serve(() => undefined);
  const http = client();
  const pending = failure(http.request(ask(url)));
  await http.close();
  expect((await pending).code).toBe('network');
  expect((await failure(http.request(ask(url)))).code).toBe('network');
});

it('opens no connection after close, neither to a known origin nor to a new one', async () => {
  let count = 0;
  const { url } = await serve((_, response) => {
    count += 1;
    response.end('ok');
  });
  const http = client();
  await http.close();
  expect((await failure(http.request(ask(url)))).code).toBe('network');
  expect(count).toBe(0);
});

describe('retry', () => {
  it.each([408, 429, 500, 502, 503, 504])('tries again after %i', async (status) => {
    let count = 0;
    const { url } = await serve((_, response) => response.writeHead(++count < 3 ? status : 200).end('ok'));
    const hops: Hop[] = [];
    expect((await client().request(ask(url, { onHop: (hop) => hops.push(hop) }))).status).toBe(200);
    expect(hops.map((hop) => hop.status)).toEqual([status, status, 200]);
  });

  it.each([400, 401, 403, 404, 501])('does not try again after %i', async (status) => {
    const { url, requests } = await serve((_, response) => response.writeHead(status).end());
    expect((await client().request(ask(url))).status).toBe(status);
    expect(requests).toHaveLength(1);
  });

  it('returns the answer with its Retry-After when that is longer than what is left', async () => {
    const { url, requests } = await serve((_, response) => response.writeHead(429, { 'retry-after': '120' }).end());
    const answer = await client().request(ask(url));
    expect([answer.status, answer.retryAfterMs, requests.length]).toEqual([429, 120_000, 1]);
  });

  it('waits as long as Retry-After says, in seconds or until a date, and not at all for one that is over', async () => {
    const waits = ['1', new Date(Date.now() + 2000).toUTCString(), 'Wed, 21 Oct 2015 07:28:00 GMT', '0'];
    const { url, requests } = await serve((_, response) => {
      const wait = waits.shift();
      response.writeHead(wait === undefined ? 200 : 429, wait === undefined ? {} : { 'retry-after': wait }).end();
    });
    const started = performance.now();
    expect((await client({ retries: 4 }).request(ask(url))).status).toBe(200);
    expect(performance.now() - started).toBeGreaterThan(990); // the date may be over by then, the second isn't
    expect(requests).toHaveLength(5);
  });

  it.each([408, 500, 502, 504])('repeats no POST after %i, which may have been acted upon', async (status) => {
    const { url, requests } = await serve((_, response) => response.writeHead(status).end());
    expect((await client().request(ask(url, { method: 'POST', body: 'a=b' }))).status).toBe(status);
    expect(requests).toHaveLength(1);
  });

  it('tries again when the connection breaks, also in the middle of a body', async () => {
    let count = 0;
    const { url } = await serve((request, response) => {
      count += 1;
      if (count === 1) request.socket.destroy();
      else if (count === 2) {
        response.writeHead(200, { 'content-length': '10' });
        response.write('half', () => response.destroy());
      } else response.end('whole');
    });
    expect(new TextDecoder().decode((await client().request(ask(url))).body)).toBe('whole');
  });

  it('does not repeat a POST that may have been received', async () => {
    const { url, requests } = await serve((request) => request.socket.destroy());
    expect((await failure(client().request(ask(url, { method: 'POST', body: 'a=b' })))).code).toBe('network');
    expect(requests).toHaveLength(1);
  });

  it('repeats a POST that only reads', async () => {
    let count = 0;
    const { url, requests } = await serve((request, response) => {
      count += 1;
      if (count === 1) request.socket.destroy();
      else response.writeHead(count === 2 ? 502 : 200).end();
    });
    const post = ask(url, { method: 'POST', body: '{}', repeatable: true });
    expect((await client().request(post)).status).toBe(200);
    expect(requests).toHaveLength(3);
  });

  it('gives up on a host that refuses connections', async () => {
    const error = await failure(client().request(ask(`http://127.0.0.1:${await closedPort()}/`)));
    expect([error.code, error.reason]).toEqual(['network', 'ECONNREFUSED']);
  });
});

describe('redirects', () => {
  it('keeps the secret header on its origin and never gives it back', async () => {
    const second = await serve((_, response) => response.writeHead(307, { location: `${first.url}/end` }).end());
    const first = await serve((request, response) => {
      if (request.url === '/same') response.writeHead(302, { location: '/out' }).end();
      else if (request.url === '/out') response.writeHead(307, { location: `${second.url}/x` }).end();
      else response.end('done');
    });
    const answer = await client().request(
      ask(`${first.url}/same`, { headers: { accept: 'a/b' }, secretHeaders: { authorization: 'Bearer secret' } }),
    );
    expect(answer.url.href).toBe(`${first.url}/end`);
    expect(first.requests.map((request) => request.headers.authorization)).toEqual([
      'Bearer secret',
      'Bearer secret',
      undefined,
    ]);
    expect(second.requests.map((request) => [request.headers.authorization, request.headers.accept])).toEqual([
      [undefined, 'a/b'],
    ]);
  });

  it('stops after five', async () => {
    const { url, requests } = await serve((_, response) => response.writeHead(302, { location: '/again' }).end());
    expect((await failure(client().request(ask(url)))).code).toBe('blocked-redirect');
    expect(requests).toHaveLength(6);
  });

  it.each([
    'ftp://127.0.0.1/x',
    'file:///etc/passwd',
    'http://user:pass@127.0.0.1/',
    'http://[bad/',
    'http://example.test/',
  ])('refuses %s', async (location) => {
    const { url } = await serve((_, response) => response.writeHead(302, { location }).end());
    expect((await failure(client().request(ask(url)))).code).toBe('blocked-redirect');
  });

  it('does not follow a redirected POST', async () => {
    const target = await serve((_, response) => response.end());
    const { url } = await serve((_, response) => response.writeHead(307, { location: target.url }).end());
    expect((await failure(client().request(ask(url, { method: 'POST', body: 'refresh_token=x' })))).code).toBe(
      'blocked-redirect',
    );
    expect(target.requests).toHaveLength(0);
  });

  it('never answers a redirect to the metadata service', async () => {
    const { url } = await serve((_, response) =>
      response.writeHead(302, { location: 'http://169.254.169.254/latest' }).end(),
    );
    expect((await failure(client({ allowHttp: () => true }).request(ask(url)))).code).toBe('blocked-address');
  });
});

describe('scheme', () => {
  it('refuses plain http to a host that is not loopback', async () => {
    expect((await failure(client().request(ask('http://example.test/')))).code).toBe('insecure-http');
  });
  it('says what failed when a TLS request meets a plain http server', async () => {
    const { port } = await serve((_, response) => response.end());
    const error = await failure(client().request(ask(`https://127.0.0.1:${port}/`)));
    expect(error.code).toBe('network');
    expect(error.reason).toMatch(/SSL|EPROTO/);
  });
});

it('shows no secret in errors and hops', async () => {
  const sockets: Socket[] = [];
  const { url } = await serve((request) => {
    sockets.push(request.socket);
    request.socket.destroy();
  });
  const hops: Hop[] = [];
  const error = await failure(
    client({ retries: 0 }).request(
      ask(`${url}/b?X-Amz-Signature=s3cr3t&scope=repository:a:pull`, {
        secretHeaders: { authorization: 'Bearer s3cr3t' },
        onHop: (hop) => hops.push(hop),
      }),
    ),
  );
  expect(JSON.stringify([error, error.message, hops])).not.toContain('s3cr3t');
  expect(hops[0]?.url).toBe(`${url}/b?X-Amz-Signature=…&scope=repository:a:pull`);
});
