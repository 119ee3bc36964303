import {
  createCertificateAuthority,
  type FakeProxy,
  type FakeProxyOptions,
  issueTlsCertificate,
  startProxy,
} from '@sigtrail/testing';
import { type AddressInfo, createServer } from 'node:net';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import type { HttpError } from './error.ts';
import { ask, createSetting, failure, readAll } from '../test/setting.ts';
import { proxyFromEnvironment } from './proxy.ts';

const { serve, client, end } = createSetting();
const proxies: FakeProxy[] = [];
afterEach(async () => {
  await end();
  await Promise.all(proxies.splice(0).map((proxy) => proxy.close()));
});

async function open(options: FakeProxyOptions): Promise<FakeProxy> {
  const proxy = await startProxy(options);
  proxies.push(proxy);
  return proxy;
}

/** The address of a proxy with credentials in it. */
function withCredentials({ url }: FakeProxy, userinfo: string): string {
  return url.replace('http://', `http://${userinfo}@`);
}

async function tlsFor(host: string): Promise<{ cert: string; key: string; ca: string }> {
  return await issueTlsCertificate({ authority: await createCertificateAuthority(), hosts: [host] });
}

describe('an https host', () => {
  it('is reached by CONNECT, by its name; credentials of the proxy stay with the proxy', async () => {
    const tls = await tlsFor('registry.test');
    const server = await serve((_, response) => response.end('through'), tls);
    const proxy = await open({ to: server.port, credentials: { username: 'us@er', password: 'p:w%' } });
    const env = { https_proxy: withCredentials(proxy, 'us%40er:p%3Aw%') };
    const http = client({
      ca: tls.ca,
      proxy: proxyFromEnvironment(env),
      resolve: (_, __, done) => done(new Error('looked up'), []),
    });
    const secretHeaders = { authorization: 'Bearer s3cr3t' };
    const answer = await http.request(ask('https://registry.test/v2/', { secretHeaders }));
    expect([answer.status, Buffer.from(answer.body).toString()]).toEqual([200, 'through']);
    expect(proxy.requests).toMatchObject([{ method: 'CONNECT', target: 'registry.test:443', authorized: true }]);
    expect(proxy.requests[0]?.headerNames).not.toContain('authorization');
    expect(server.requests[0]?.headers['proxy-authorization']).toBeUndefined();
    expect(server.requests[0]?.headers.authorization).toBe('Bearer s3cr3t');
    expect(await readAll((await http.stream(ask('https://registry.test/blob'))).body)).toBe('through');
  });

  it('is reached through a proxy that speaks TLS itself', async () => {
    const authority = await createCertificateAuthority();
    const tls = await issueTlsCertificate({ authority, hosts: ['registry.test'] });
    const server = await serve((_, response) => response.end('through'), tls);
    const proxy = await open({ to: server.port, tls: await issueTlsCertificate({ authority }) });
    const http = client({ ca: tls.ca, proxy: () => new URL(proxy.url.replace('127.0.0.1', 'localhost')) });
    expect((await http.request(ask('https://registry.test/'))).status).toBe(200);
  });

  it('has its certificate checked inside the tunnel', async () => {
    const tls = await tlsFor('registry.test');
    const server = await serve((_, response) => response.end(), tls);
    const proxy = await open({ to: server.port });
    const select = (): URL => new URL(proxy.url);
    const error = await failure(client({ ca: tls.ca, proxy: select }).request(ask('https://other.test/')));
    expect([error.code, error.reason]).toEqual(['network', 'ERR_TLS_CERT_ALTNAME_INVALID']);
    expect((await failure(client({ proxy: select }).request(ask('https://registry.test/')))).code).toBe('network');
    expect(server.requests).toHaveLength(0);
  });
});

it('a plain http host is asked of the proxy in absolute form', async () => {
  const server = await serve((_, response) => response.end('through'));
  const proxy = await open({ to: server.port, credentials: { username: 'user', password: 'pw' } });
  const env = { http_proxy: withCredentials(proxy, 'user:pw') };
  const http = client({ allowHttp: () => true, proxy: proxyFromEnvironment(env) });
  expect((await http.request(ask('http://registry.test/v2/'))).status).toBe(200);
  expect(proxy.requests).toMatchObject([{ method: 'GET', target: 'http://registry.test/v2/', authorized: true }]);
  expect(server.requests[0]?.headers.host).toBe('registry.test');
  expect(server.requests[0]?.headers['proxy-authorization']).toBeUndefined();
});

it('what NO_PROXY covers goes direct, loopback always', async () => {
  const server = await serve((_, response) => response.end('direct'));
  const proxy = await open({});
  const env = { http_proxy: proxy.url, no_proxy: 'registry.test' };
  const http = client({
    allowHttp: () => true,
    proxy: proxyFromEnvironment(env),
    resolve: (_, __, done) => done(null, [{ address: '127.0.0.1', family: 4 }]),
  });
  expect((await http.request(ask(`http://registry.test:${server.port}/`))).status).toBe(200);
  expect((await http.request(ask(server.url))).status).toBe(200);
  expect(proxy.requests).toHaveLength(0);
});

it.each([
  [407, 'PROXY_407', 1],
  [403, 'PROXY_403', 1],
  [502, 'PROXY_502', 3],
])(
  'a proxy that answers CONNECT with %i is an error of the proxy (%s), tried %i times',
  async (status, reason, tries) => {
    const proxy = await open({ status });
    const http = client({ retries: 2, proxy: () => new URL(withCredentials(proxy, 'user:s3cr3t')) });
    const error = await failure(http.request(ask('https://registry.test/')));
    expect([error.code, error.reason, proxy.requests.length]).toEqual(['proxy', reason, tries]);
    expect(error.message).toMatch(/^the proxy 127\.0\.0\.1:\d+ answered \d+$/);
    expect(JSON.stringify([error, error.message, String(error.cause)])).not.toContain('s3cr3t');
  },
);

it('a proxy that wants credentials for plain http is one, too', async () => {
  const proxy = await open({ credentials: { username: 'user', password: 'pw' } });
  const http = client({ allowHttp: () => true, proxy: () => new URL(proxy.url) });
  const error = await failure(http.request(ask('http://registry.test/')));
  expect([error.code, error.reason]).toEqual(['proxy', 'PROXY_407']);
});

it('a proxy that says nothing is over at the deadline; one that isn’t there is refused', async () => {
  const silent = await open({ isSilent: true });
  const through = (url: string): ReturnType<typeof client> => client({ retries: 0, proxy: () => new URL(url) });
  expect((await failure(through(silent.url).request(ask('https://registry.test/', { timeoutMs: 200 })))).code).toBe(
    'timeout',
  );
  const absent = await failure(through('http://127.0.0.1:1').request(ask('https://registry.test/')));
  expect([absent.code, absent.reason]).toEqual(['proxy', 'ECONNREFUSED']);
});

describe('a failure before there is a tunnel belongs to the proxy, not to the host', () => {
  const fails = async (url: string, target: string = 'https://registry.test/'): Promise<HttpError> => {
    const http = client({ retries: 0, allowHttp: () => true, proxy: () => new URL(url) });
    return await failure(http.request(ask(target)));
  };

  it('a proxy that does not speak TLS although its address says https', async () => {
    const proxy = await open({});
    const error = await fails(proxy.url.replace('http://127.0.0.1', 'https://localhost'));
    expect([error.code, error.reason]).toEqual(['proxy', 'ERR_SSL_WRONG_VERSION_NUMBER']);
    expect(error.message).toMatch(/^the proxy localhost:\d+ does not speak TLS, and its address says https/);
  });

  it('a proxy whose certificate is not trusted', async () => {
    const proxy = await open({ tls: await tlsFor('localhost') });
    const error = await fails(proxy.url.replace('127.0.0.1', 'localhost'));
    expect(error.code).toBe('proxy');
    expect(error.message).toMatch(/^the proxy localhost:\d+ has a certificate that is not trusted here/);
  });

  it.each(['https://registry.test/', 'http://registry.test/'])('a proxy that hangs up: %s', async (target) => {
    const hangsUp = createServer((socket) => socket.on('data', () => socket.destroy()).on('error', () => undefined));
    await new Promise<void>((resolve) => hangsUp.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void hangsUp.close());
    const { port } = hangsUp.address() as AddressInfo;
    const error = await fails(`http://127.0.0.1:${port}`, target);
    expect(error.code).toBe('proxy');
    expect(error.message).toMatch(/^the proxy 127\.0\.0\.1:\d+ closed the connection without an answer/);
  });

  it('a host that hangs up inside the tunnel is not blamed on the proxy', async () => {
    const server = await serve((_, response) => response.end());
    const proxy = await open({ to: server.port });
    const error = await fails(proxy.url); // plain http where TLS is expected
    expect(error.code).toBe('network');
  });
});

describe('what the address guard sees behind a proxy', () => {
  it('literal addresses that an answer names, which stay refused', async () => {
    const tls = await tlsFor('registry.test');
    const server = await serve((_, response) => response.writeHead(307, { location: 'https://10.0.0.1/x' }).end(), tls);
    const proxy = await open({ to: server.port });
    const http = client({ ca: tls.ca, proxy: () => new URL(proxy.url) });
    expect((await failure(http.request(ask('https://registry.test/')))).code).toBe('blocked-address');
    expect(proxy.requests).toHaveLength(1);
  });

  it('`localhost`, which isn’t the proxy’s to interpret', async () => {
    const tls = await tlsFor('registry.test');
    const server = await serve(
      (_, response) => response.writeHead(307, { location: 'https://localhost/x' }).end(),
      tls,
    );
    const proxy = await open({ to: server.port });
    const http = client({ ca: tls.ca, proxy: () => new URL(proxy.url) });
    expect((await failure(http.request(ask('https://registry.test/')))).code).toBe('blocked-address');
    expect(proxy.requests).toHaveLength(1);
  });
});

it('refuses a selector’s proxy of another kind', async () => {
  const http = client({ proxy: () => new URL('socks5://127.0.0.1:1080') });
  const error = await failure(http.request(ask('https://registry.test/')));
  expect(error.code).toBe('invalid-proxy');
  expect(error.message).toBe('the proxy is a SOCKS proxy (socks5:), and only http and https proxies are supported');
});
