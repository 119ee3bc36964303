import { createServer, type IncomingMessage, request as httpRequest } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { createCertificateAuthority, issueTlsCertificate } from '@sigtrail/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { ask, createSetting, failure, readAll } from '../test/setting.ts';
import { proxyFromEnvironment } from './proxy.ts';

const { serve, client, end } = createSetting();
const proxies: (() => Promise<void>)[] = [];
afterEach(async () => {
  await end();
  await Promise.all(proxies.splice(0).map((close) => close()));
});

/** A real proxy on loopback: CONNECT tunnels and absolute-form requests, all to one port of loopback whatever the name. */
async function startProxy(
  target: number,
  options: { readonly tls?: { cert: string; key: string }; readonly status?: number } = {},
): Promise<{ port: number; seen: IncomingMessage[] }> {
  const seen: IncomingMessage[] = [];
  const sockets = new Set<Duplex>();
  const server = options.tls === undefined ? createServer() : createTlsServer(options.tls);
  server.on('connection', (socket: Duplex) => sockets.add(socket.on('error', () => undefined)));
  server.on('connect', (request: IncomingMessage, socket: Duplex) => {
    seen.push(request);
    if (options.status !== undefined) {
      socket.end(`HTTP/1.1 ${options.status} no\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    const onward = connect(target, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    sockets.add(onward);
    for (const one of [onward, socket]) one.on('error', () => undefined);
  });
  server.on('request', (request, response) => {
    seen.push(request);
    if (options.status !== undefined) return void response.writeHead(options.status).end();
    const { host: _, 'proxy-authorization': __, ...headers } = request.headers;
    const { pathname, search, host } = new URL(request.url ?? '');
    httpRequest(
      { port: target, host: '127.0.0.1', path: pathname + search, headers: { ...headers, host } },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    ).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  proxies.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return { port: (server.address() as AddressInfo).port, seen };
}

async function tlsFor(host: string): Promise<{ cert: string; key: string; ca: string }> {
  return await issueTlsCertificate({ authority: await createCertificateAuthority(), hosts: [host] });
}

describe('an https host', () => {
  it('is reached by CONNECT, by its name; credentials of the proxy stay with the proxy', async () => {
    const tls = await tlsFor('registry.test');
    const server = await serve((_, response) => response.end('through'), tls);
    const proxy = await startProxy(server.port);
    const env = { https_proxy: `http://us%40er:p%3Aw@127.0.0.1:${proxy.port}` };
    const http = client({
      ca: tls.ca,
      proxy: proxyFromEnvironment(env),
      resolve: (_, __, done) => done(new Error('looked up'), []),
    });
    const secretHeaders = { authorization: 'Bearer s3cr3t' };
    const answer = await http.request(ask('https://registry.test/v2/', { secretHeaders }));
    expect([answer.status, Buffer.from(answer.body).toString()]).toEqual([200, 'through']);
    expect(proxy.seen.map(({ method, url }) => `${method ?? ''} ${url ?? ''}`)).toEqual(['CONNECT registry.test:443']);
    expect(proxy.seen[0]?.headers['proxy-authorization']).toBe(`Basic ${Buffer.from('us@er:p:w').toString('base64')}`);
    expect(proxy.seen[0]?.headers.authorization).toBeUndefined();
    expect(server.requests[0]?.headers['proxy-authorization']).toBeUndefined();
    expect(server.requests[0]?.headers.authorization).toBe('Bearer s3cr3t');
    expect(await readAll((await http.stream(ask('https://registry.test/blob'))).body)).toBe('through');
  });

  it('is reached through a proxy that speaks TLS itself', async () => {
    const authority = await createCertificateAuthority();
    const tls = await issueTlsCertificate({ authority, hosts: ['registry.test'] });
    const server = await serve((_, response) => response.end('through'), tls);
    const proxy = await startProxy(server.port, {
      tls: await issueTlsCertificate({ authority, hosts: ['localhost'] }),
    });
    const http = client({ ca: tls.ca, proxy: () => new URL(`https://localhost:${proxy.port}`) });
    expect((await http.request(ask('https://registry.test/'))).status).toBe(200);
  });

  it('has its certificate checked inside the tunnel', async () => {
    const tls = await tlsFor('registry.test');
    const server = await serve((_, response) => response.end(), tls);
    const proxy = await startProxy(server.port);
    const select = (): URL => new URL(`http://127.0.0.1:${proxy.port}`);
    const error = await failure(client({ ca: tls.ca, proxy: select }).request(ask('https://other.test/')));
    expect([error.code, error.reason]).toEqual(['network', 'ERR_TLS_CERT_ALTNAME_INVALID']);
    expect((await failure(client({ proxy: select }).request(ask('https://registry.test/')))).code).toBe('network');
    expect(server.requests).toHaveLength(0);
  });
});

it('a plain http host is asked of the proxy in absolute form', async () => {
  const server = await serve((_, response) => response.end('through'));
  const proxy = await startProxy(server.port);
  const env = { http_proxy: `http://user:pw@127.0.0.1:${proxy.port}` };
  const http = client({ allowHttp: () => true, proxy: proxyFromEnvironment(env) });
  expect((await http.request(ask('http://registry.test/v2/'))).status).toBe(200);
  expect(proxy.seen.map(({ method, url }) => `${method ?? ''} ${url ?? ''}`)).toEqual(['GET http://registry.test/v2/']);
  expect(server.requests[0]?.headers.host).toBe('registry.test');
  expect(server.requests[0]?.headers['proxy-authorization']).toBeUndefined();
});

it('what NO_PROXY covers goes direct, loopback always', async () => {
  const server = await serve((_, response) => response.end('direct'));
  const proxy = await startProxy(1);
  const env = { http_proxy: `http://127.0.0.1:${proxy.port}`, no_proxy: 'registry.test' };
  const http = client({
    allowHttp: () => true,
    proxy: proxyFromEnvironment(env),
    resolve: (_, __, done) => done(null, [{ address: '127.0.0.1', family: 4 }]),
  });
  expect((await http.request(ask(`http://registry.test:${server.port}/`))).status).toBe(200);
  expect((await http.request(ask(server.url))).status).toBe(200);
  expect(proxy.seen).toHaveLength(0);
});

it.each([
  [407, 'PROXY_407', 1],
  [403, 'PROXY_403', 1],
  [502, 'PROXY_502', 3],
])('a proxy that answers CONNECT with %i is a network error (%s), tried %i times', async (status, reason, tries) => {
  const proxy = await startProxy(1, { status });
  const http = client({ retries: 2, proxy: () => new URL(`http://user:s3cr3t@127.0.0.1:${proxy.port}`) });
  const error = await failure(http.request(ask('https://registry.test/')));
  expect([error.code, error.reason, proxy.seen.length]).toEqual(['network', reason, tries]);
  expect(JSON.stringify([error, error.message, String(error.cause)])).not.toContain('s3cr3t');
});

it('a proxy that wants credentials for plain http is one, too', async () => {
  const proxy = await startProxy(1, { status: 407 });
  const http = client({ allowHttp: () => true, proxy: () => new URL(`http://127.0.0.1:${proxy.port}`) });
  const error = await failure(http.request(ask('http://registry.test/')));
  expect([error.code, error.reason]).toEqual(['network', 'PROXY_407']);
});

it('a proxy that says nothing is over at the deadline; one that isn’t there is refused', async () => {
  const silent = await serve(() => undefined);
  silent.connections.length = 0;
  const hanging = createServer().on('connect', (_, socket) => void socket.on('error', () => undefined));
  await new Promise<void>((resolve) => hanging.listen(0, '127.0.0.1', resolve));
  const sockets = new Set<Duplex>();
  hanging.on('connection', (socket) => sockets.add(socket));
  proxies.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => hanging.close(resolve));
  });
  const { port } = hanging.address() as AddressInfo;
  const through = (to: number): ReturnType<typeof client> =>
    client({ retries: 0, proxy: () => new URL(`http://127.0.0.1:${to}`) });
  expect((await failure(through(port).request(ask('https://registry.test/', { timeoutMs: 200 })))).code).toBe(
    'timeout',
  );
  expect((await failure(through(1).request(ask('https://registry.test/')))).reason).toBe('ECONNREFUSED');
});

describe('what the address guard sees behind a proxy', () => {
  it('literal addresses that an answer names, which stay refused', async () => {
    const tls = await tlsFor('registry.test');
    const server = await serve((_, response) => response.writeHead(307, { location: 'https://10.0.0.1/x' }).end(), tls);
    const proxy = await startProxy(server.port);
    const http = client({ ca: tls.ca, proxy: () => new URL(`http://127.0.0.1:${proxy.port}`) });
    expect((await failure(http.request(ask('https://registry.test/')))).code).toBe('blocked-address');
    expect(proxy.seen).toHaveLength(1);
  });

  it('`localhost`, which isn’t the proxy’s to interpret', async () => {
    const tls = await tlsFor('registry.test');
    const server = await serve(
      (_, response) => response.writeHead(307, { location: 'https://localhost/x' }).end(),
      tls,
    );
    const proxy = await startProxy(server.port);
    const http = client({ ca: tls.ca, proxy: () => new URL(`http://127.0.0.1:${proxy.port}`) });
    expect((await failure(http.request(ask('https://registry.test/')))).code).toBe('blocked-address');
    expect(proxy.seen).toHaveLength(1);
  });
});

it('refuses a selector’s proxy of another kind', async () => {
  const http = client({ proxy: () => new URL('socks5://127.0.0.1:1080') });
  expect((await failure(http.request(ask('https://registry.test/')))).code).toBe('invalid-proxy');
});
