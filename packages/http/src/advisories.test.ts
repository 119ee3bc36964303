import type { IncomingMessage, ServerResponse } from 'node:http';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { ask, createSetting, failure, type TestServer } from '../test/setting.ts';
import { fetchTransport } from './fetch-transport.ts';
import type { Resolve } from './guarded-lookup.ts';
import type { HttpOptions } from './http-options.ts';
import type { Transport } from './transport.ts';

// Named after the table at the end of docs/threat-model.md: what went wrong elsewhere, shown not to go wrong here.

const { serve, serveRaw, client, end } = createSetting();
afterEach(end);

/** Names that stand for public hosts: `registry.test` and `cdn.test` are at a public address, whose connections end in a server of the test. */
function publicHosts(server: TestServer): Transport {
  const transport = fetchTransport();
  return {
    spaceOf: (hostname) => (hostname.endsWith('.test') ? 'public' : undefined),
    exchange: async (request) => {
      const url = new URL(request.url);
      if (url.hostname.endsWith('.test')) url.host = `127.0.0.1:${server.port}`;
      return await transport.exchange({ ...request, url });
    },
  };
}

describe('S3: an answer names an address inside (realm, Link, Location)', () => {
  // The spellings of `ssrf.mjs`: what a parser that looks at text lets through.
  const hostile = [
    'http://169.254.169.254./',
    'http://localhost./',
    'http://0/',
    'http://0.0.0.0/',
    'http://0177.0.0.1/',
    'http://0x7f.1/',
    'http://2130706433/',
    'http://127.1/',
    'http://[::]/',
    'http://[::ffff:0:0]/',
    'http://[::ffff:169.254.169.254]/',
    'http://[::ffff:a9fe:a9fe]/',
    'http://[::127.0.0.1]/',
    'http://[::ffff:0:127.0.0.1]/',
    'http://[64:ff9b::a9fe:a9fe]/',
    'http://[64:ff9b:1::1]/',
    'http://[2002:a9fe:a9fe::]/',
    'http://[2002:7f00:1::]/',
    'http://[fd00:ec2::254]/',
    'http://[fe80::1]/',
    'http://[fec0::1]/',
    'http://[ff02::1]/',
    'http://100.100.100.200/',
    'http://100.64.0.1/',
    'http://10.0.0.1/',
    'http://172.16.0.1/',
    'http://192.168.0.1/',
    'http://①②⑦.0.0.1/',
    'http://127。0。0。1/',
    'https://127.0.0.1/',
    'https://sub.localhost/',
  ];
  const malformed = [
    'http://192.168.1.1%2f@evil.example/',
    'http://foo@169.254.169.254/',
    'http://[::1%25eth0]/',
    'http://exa mple/',
    'ftp://evil.example/',
    'file:///etc/passwd',
    'gopher://127.0.0.1/',
    'data:text/plain,x',
    'javascript:alert(1)',
  ];

  it.each(hostile)('as realm or Link: %s', async (url) => {
    const dialled: string[] = [];
    const http = client({ allowHttp: () => true, transport: countingTransport(dialled) });
    const error = await failure(http.request(ask(url, { namedBy: 'https://registry.test/v2/' })));
    expect([error.code, dialled]).toEqual(['blocked-address', []]);
  });

  it.each([...hostile, ...malformed])('as Location: %s', async (location) => {
    const server = await serve((_, response) => response.writeHead(307, { location: encoded(location) }).end());
    const http = client({ allowHttp: () => true, transport: publicHosts(server) });
    const error = await failure(http.request(ask('http://registry.test/v2/a/blobs/x')));
    expect(error.code).toMatch(/^blocked-(?:address|redirect)$/);
    expect(server.requests).toHaveLength(1);
  });

  it('is not misled about which host `http://evil.example\\@127.0.0.1/` names', async () => {
    const dialled: string[] = [];
    const http = client({ allowHttp: () => true, transport: countingTransport(dialled) });
    await http.request(ask('http://evil.example\\@127.0.0.1/', { namedBy: 'https://registry.test/v2/' }));
    expect(dialled).toEqual(['http://evil.example/@127.0.0.1/']);
  });

  it('leaves https for http', async () => {
    const asked: string[] = [];
    const transport: Transport = {
      spaceOf: () => 'public',
      exchange: async ({ url }) => {
        asked.push(url.href);
        return { status: 302, headers: [['Location', 'http://cdn.test/']], body: nothing() };
      },
    };
    const error = await failure(client({ allowHttp: () => true, transport }).request(ask('https://registry.test/')));
    expect([error.code, asked]).toEqual(['blocked-redirect', ['https://registry.test/']]);
  });

  it('still follows a public redirect, and one that stays at home', async () => {
    const server = await serve((request, response) => {
      if (request.url === '/a') response.writeHead(307, { location: 'http://cdn.test/b' }).end();
      else response.end('bytes');
    });
    const http = client({ allowHttp: () => true, transport: publicHosts(server) });
    expect((await http.request(ask('http://registry.test/a'))).status).toBe(200);
    expect((await client().request(ask(`${server.url}/x`))).status).toBe(200);
  });
});

describe('S4: a name that resolves inside (go-containerregistry issue 2440)', () => {
  const inside = [
    '169.254.169.254',
    '127.0.0.1',
    '10.0.0.1',
    '192.168.1.1',
    '100.64.0.1',
    '0.0.0.0',
    '::1',
    '::',
    'fd00::1',
    'fe80::1',
    '::ffff:10.0.0.1',
    '64:ff9b::a9fe:a9fe',
    '2002:7f00:1::',
    'fec0::1',
  ];

  it.each(inside)('named by a public host: %s', async (address) => {
    const target = await serve((_, response) => response.end());
    const http = client({ allowHttp: () => true, retries: 0, resolve: answering(address) });
    const named = ask(`http://evil.test:${target.port}/`, { namedBy: 'https://203.0.114.1/v2/' });
    expect((await failure(http.request(named))).code).toBe('blocked-address');
    expect(target.connections).toHaveLength(0);
  });

  it.each(['169.254.169.254', '0.0.0.0', '::', 'fe80::1', 'fd00:ec2::254', '2002:a9fe:a9fe::'])(
    'even chosen by the caller, a name never stands for %s',
    async (address) => {
      const http = client({ allowHttp: () => true, retries: 0, resolve: answering(address) });
      expect((await failure(http.request(ask('http://evil.test/')))).code).toBe('blocked-address');
    },
  );

  it('refuses a mixed answer: happy eyeballs would pick the address inside', async () => {
    const target = await serve((_, response) => response.end());
    const http = client({ allowHttp: () => true, retries: 0, resolve: answering('203.0.114.9', '127.0.0.1') });
    const named = ask(`http://evil.test:${target.port}/`, { namedBy: 'https://203.0.114.1/v2/' });
    expect((await failure(http.request(named))).code).toBe('blocked-address');
    expect(target.connections).toHaveLength(0);
  });

  it('judges each dial anew when the second answer differs (rebinding)', async () => {
    const answers = ['127.0.0.1', '169.254.169.254'];
    const first = await serve((_, response) => response.end());
    const second = await serve((_, response) => response.end());
    const http = client({
      allowHttp: () => true,
      retries: 0,
      resolve: (name, options, done) => answering(answers.shift() ?? '169.254.169.254')(name, options, done),
    });
    expect((await http.request(ask(`http://rebind.test:${first.port}/`))).status).toBe(200);
    expect((await failure(http.request(ask(`http://rebind.test:${second.port}/`)))).code).toBe('blocked-address');
    expect(second.connections).toHaveLength(0);
  });

  it('lets a name that was public once name nothing more private when it turns to loopback', async () => {
    const target = await serve((_, response) => response.end());
    // The first dial, to a public address, goes nowhere; what counts is that it was seen.
    const answers = ['203.0.114.9'];
    const http = client({
      allowHttp: () => true,
      retries: 0,
      connectTimeoutMs: 50,
      resolve: (name, options, done) => answering(answers.shift() ?? '127.0.0.1')(name, options, done),
    });
    await failure(http.request(ask(`http://evil.test:${target.port}/`, { timeoutMs: 100 })));
    const inward = await serve((_, response) =>
      response.writeHead(307, { location: `http://127.0.0.1:${target.port}/admin` }).end(),
    );
    expect((await failure(http.request(ask(`http://evil.test:${inward.port}/`)))).code).toBe('blocked-address');
    expect(inward.requests).toHaveLength(1);
    expect(target.requests).toHaveLength(0);
  });

  it('never reuses a socket that was dialled for the caller', async () => {
    const server = await serve((_, response) => response.end());
    const http = client({ allowHttp: () => true, retries: 0, resolve: answering('127.0.0.1') });
    expect((await http.request(ask(`http://corp.test:${server.port}/`))).status).toBe(200);
    const named = ask(`http://corp.test:${server.port}/`, { namedBy: 'https://203.0.114.1/v2/' });
    expect((await failure(http.request(named))).code).toBe('blocked-address');
  });

  it('opens what the caller declares reachable, and nothing else', async () => {
    const server = await serve((_, response) => response.end());
    const request = ask(`http://auth.corp.test:${server.port}/`, { namedBy: 'https://203.0.114.1/v2/' });
    const resolve = answering('127.0.0.1');
    const open = async (allowAddresses: readonly string[], more: HttpOptions = {}): Promise<unknown> =>
      await client({ allowHttp: () => true, retries: 0, resolve, allowAddresses, ...more })
        .request(request)
        .then(
          ({ status }) => status,
          (error: { code: unknown }) => error.code,
        );
    expect(await open(['127.0.0.0/8'])).toBe(200);
    expect(await open(['127.0.0.1'])).toBe(200);
    expect(await open(['auth.corp.test'])).toBe(200);
    expect(await open(['*.corp.test'])).toBe(200);
    expect(await open(['10.0.0.0/8', 'corp.test', '127.0.0.2'])).toBe('blocked-address');
    expect(await open(['auth.corp.test'], { resolve: answering('169.254.169.254') })).toBe('blocked-address');
    expect(await open(['0.0.0.0/0', '::/0'], { resolve: answering('169.254.169.254') })).toBe('blocked-address');
  });
});

describe('S5: a token server redirects (go-containerregistry 2292)', () => {
  const secret = { authorization: 'Basic c2VjcmV0' };

  it('inward: refused before a connection is made', async () => {
    const inside = await serve((_, response) => response.end('{"token":"x"}'));
    const server = await serve((_, response) => response.writeHead(302, { location: inside.url }).end());
    const http = client({ allowHttp: () => true, transport: publicHosts(server) });
    const token = ask('http://auth.test/token', { namedBy: 'http://registry.test/v2/', secretHeaders: secret });
    expect((await failure(http.request(token))).code).toBe('blocked-address');
    expect(inside.connections).toHaveLength(0);
  });

  it.each([301, 302, 303, 307, 308])('a POST is posted once, whatever %i asks', async (status) => {
    const other = await serve((_, response) => response.end());
    const server = await serve((request, response) => {
      request.resume();
      response.writeHead(status, { location: `${other.url}/token` }).end();
    });
    const post = ask(`${server.url}/token`, { method: 'POST', body: 'refresh_token=s3cr3t' });
    expect((await failure(client().request(post))).code).toBe('blocked-redirect');
    expect([server.requests.length, other.connections.length]).toEqual([1, 0]);
  });

  it('a POST to the same origin is not posted again either', async () => {
    const server = await serve((_, response) => response.writeHead(307, { location: '/other' }).end());
    const post = ask(`${server.url}/token`, { method: 'POST', body: 'refresh_token=s3cr3t' });
    expect((await failure(client().request(post))).code).toBe('blocked-redirect');
    expect(server.requests).toHaveLength(1);
  });

  it('a GET takes its credentials nowhere else, another port included', async () => {
    const other = await serve((_, response) => response.end('{}'));
    const server = await serve((_, response) => response.writeHead(307, { location: other.url }).end());
    await client().request(ask(server.url, { secretHeaders: secret }));
    expect(server.requests[0]?.headers.authorization).toBe(secret.authorization);
    expect(other.requests[0]?.headers.authorization).toBeUndefined();
  });
});

describe('S12: endless data (CVE-2023-46737 and others)', () => {
  let poured = 0;
  const pour = (_: IncomingMessage, response: ServerResponse): void => {
    const more = (): void => {
      do poured += 65_536;
      while (!response.destroyed && response.write('x'.repeat(65_536)));
    };
    response.on('drain', more);
    more();
  };

  it('an endless body ends at the cap, and so does the connection', async () => {
    const server = await serve(pour);
    expect((await failure(client().request(ask(server.url)))).code).toBe('too-large');
    await closed(server);
  });

  it('a body without a length is counted', async () => {
    const server = await serveRaw((socket) => {
      socket.once('data', () => socket.end(`HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(1001)}`));
    });
    expect((await failure(client().request(ask(server.url)))).code).toBe('too-large');
  });

  it('a declared length past the cap is refused before a byte of it is held', async () => {
    const server = await serveRaw((socket) => {
      socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\n'));
    });
    expect((await failure(client().request(ask(server.url)))).code).toBe('too-large');
    await closed(server);
  });

  it('a drip ends at the deadline of the call', async () => {
    const server = await serve((_, response) => {
      const timer = setInterval(() => response.write('x'), 10);
      response.on('close', () => clearInterval(timer));
    });
    const started = performance.now();
    expect((await failure(client().request(ask(server.url, { timeoutMs: 200 })))).code).toBe('timeout');
    expect(performance.now() - started).toBeLessThan(200 + 1500); // slack for a busy machine
    await closed(server);
  });

  it('a length that promises more than comes is a broken connection', async () => {
    const server = await serveRaw((socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf'));
    });
    expect((await failure(client({ retries: 1 }).request(ask(server.url)))).code).toBe('network');
    expect(server.connections).toHaveLength(2);
  });

  it('a length that promises less ends the answer there; the rest is not read as a second answer', async () => {
    const server = await serveRaw((socket) => {
      socket.on('data', () =>
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngoodHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbad'),
      );
    });
    const http = client();
    expect(text((await http.request(ask(server.url))).body)).toBe('good');
    expect(text((await http.request(ask(server.url))).body)).toBe('good');
  });

  it.each([
    ['two lengths', 'Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde'],
    ['a length and chunks', 'Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n\r\n'],
    ['a negative length', 'Content-Length: -1\r\n\r\nabcd'],
    ['endless headers', `X-Long: ${'x'.repeat(200_000)}\r\n\r\n`],
  ])('%s: no answer', async (_, rest) => {
    const server = await serveRaw((socket) => {
      socket.once('data', () => socket.end(`HTTP/1.1 200 OK\r\n${rest}`));
    });
    expect((await failure(client({ retries: 0 }).request(ask(server.url)))).code).toBe('network');
  });

  it('endless error bodies and redirects cost neither memory nor the status', async () => {
    const server = await serve((request, response) => {
      response.statusCode = request.url === '/moved' ? 302 : 404;
      if (request.url === '/moved') response.setHeader('location', '/gone');
      pour(request, response);
    });
    poured = 0;
    const answer = await client().request(ask(`${server.url}/moved`));
    expect([answer.status, answer.body.byteLength, answer.url.pathname]).toEqual([404, 0, '/gone']);
    expect(poured).toBeLessThan(2 * (16 << 20)); // what sockets hold, not what two seconds bring
  });
});

describe('S13: bombs in a Content-Encoding (CVE-2026-22036)', () => {
  const bomb = (): Buffer => {
    let bytes: Buffer = Buffer.alloc(1 << 20);
    for (let round = 0; round < 3; round += 1) bytes = gzipSync(bytes);
    return bytes;
  };
  it.each([
    ['gzip', gzipSync('hello')],
    ['x-gzip', gzipSync('hello')],
    ['gzip, gzip, gzip', bomb()],
    [Array.from({ length: 1000 }, () => 'gzip').join(', '), bomb()],
    ['br', brotliCompressSync(Buffer.alloc(1 << 20))],
    ['deflate', Buffer.from('x')],
    ['identity, gzip', gzipSync('x')],
    ['unheard-of', Buffer.from('x')],
  ])('%.30s is refused undecoded', async (coding, bytes) => {
    const server = await serve((_, response) => response.writeHead(200, { 'content-encoding': coding }).end(bytes));
    expect((await failure(client().request(ask(server.url)))).code).toBe('invalid-response');
    // fetch itself gives up on a long chain.
    const overFetch = client({ transport: fetchTransport() }).request(ask(server.url));
    expect((await failure(overFetch)).code).toMatch(/^(?:invalid-response|network)$/);
    expect(server.requests.map(({ headers }) => headers['accept-encoding'])).toEqual(['identity', 'identity']);
  });

  it('identity is not a coding', async () => {
    const server = await serve((_, response) => response.writeHead(200, { 'content-encoding': 'identity' }).end('x'));
    expect((await client().request(ask(server.url))).status).toBe(200);
  });

  it('an encoded error body is left out, its status is not', async () => {
    const server = await serve((_, response) => response.writeHead(403, { 'content-encoding': 'gzip' }).end(bomb()));
    const answer = await client().request(ask(server.url));
    expect([answer.status, answer.body.byteLength]).toEqual([403, 0]);
  });
});

function answering(...addresses: readonly string[]): Resolve {
  return (_, __, done) =>
    done(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
}

function countingTransport(dialled: string[]): Transport {
  return {
    exchange: async ({ url }) => {
      dialled.push(url.href);
      return { status: 200, headers: [], body: nothing() };
    },
  };
}

async function* nothing(): AsyncGenerator<Uint8Array, void, undefined> {}

/** Header values are Latin-1: what is not goes percent-encoded, as servers send it. */
function encoded(location: string): string {
  return location.replace(/[^\x20-\x7e]/g, (character) => encodeURIComponent(character));
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8');
}

async function closed({ connections }: TestServer): Promise<void> {
  await Promise.all(
    connections.map(async (socket) => {
      if (!socket.destroyed) await new Promise((resolve) => socket.once('close', resolve));
    }),
  );
}
