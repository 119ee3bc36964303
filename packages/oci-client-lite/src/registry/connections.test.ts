import {
  createCertificateAuthority,
  EMPTY_CONFIG,
  type FakeRegistry,
  issueTlsCertificate,
  manifestOf,
  MEDIA_TYPE,
  type RegistryOptions,
  startProxy,
  startRegistry,
  type TlsCertificate,
} from '@sigtrail/testing';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import {
  createOciClient,
  digestOf,
  fetchTransport,
  isOciError,
  type OciClientOptions,
  type RequestEvent,
} from '../index.ts';

const manifest = manifestOf(EMPTY_CONFIG, []);
const digest = digestOf(manifest);
let tls: TlsCertificate;
let me: TlsCertificate;
beforeAll(async () => {
  const authority = await createCertificateAuthority({ name: 'corp.test' });
  tls = await issueTlsCertificate({ authority, hosts: ['127.0.0.1', 'localhost', 'registry.test'] });
  me = await issueTlsCertificate({ authority, purpose: 'client', hosts: ['me.test'] });
});

async function serve(options: RegistryOptions = {}): Promise<FakeRegistry> {
  const registry = await startRegistry(options);
  registry.putManifest('acme/app', manifest, MEDIA_TYPE.manifest, 'v1');
  onTestFinished(() => registry.close());
  return registry;
}

/** The digest that a client of these options reads, or the code and reason of its error. */
async function read(host: string, options: OciClientOptions): Promise<string> {
  const client = createOciClient({ dockerConfig: false, env: {}, retries: 0, retryBaseMs: 1, ...options });
  onTestFinished(() => client.close());
  return await client
    .repository(`${host}/acme/app`)
    .fetchManifest('v1')
    .then(
      (fetched) => fetched.digest,
      (error: unknown) => (isOciError(error) ? `${error.code} ${String(error.actual)}` : String(error)),
    );
}

it('a registry under a private authority is read with its ca, and not without', async () => {
  const registry = await serve({ tls });
  expect(await read(registry.host, { ca: tls.ca })).toBe(digest);
  expect(await read(registry.host, {})).toBe('network UNABLE_TO_GET_ISSUER_CERT_LOCALLY');
  expect(registry.requests).toHaveLength(1);
});

it('a registry under an authority that SSL_CERT_FILE or SSL_CERT_DIR names is read', async () => {
  const registry = await serve({ tls });
  const directory = await mkdtemp(join(tmpdir(), 'authorities-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const file = join(directory, 'corp.pem');
  // As bundles are: text around the certificates, and one among them that can't be read.
  const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
  await writeFile(file, `# corp\n${broken}${tls.ca}`);
  expect(await read(registry.host, { env: { SSL_CERT_FILE: file } })).toBe(digest);
  expect(await read(registry.host, { env: { SSL_CERT_DIR: ['/nowhere', directory].join(delimiter) } })).toBe(digest);
  expect(await read(registry.host, { env: { SSL_CERT_FILE: file }, ca: me.ca })).toBe(digest);
  const warnings: string[] = [];
  const onWarning = ({ text }: { readonly text: string }): void => void warnings.push(text);
  expect(await read(registry.host, { env: { SSL_CERT_FILE: '/nowhere/ca.pem' }, onWarning })).toMatch(/^network /);
  expect(warnings).toEqual(['SSL_CERT_FILE names /nowhere/ca.pem, which can’t be read (ENOENT)']);
});

it('a file of authorities is read anew once it has changed', async () => {
  const registry = await serve({ tls });
  const directory = await mkdtemp(join(tmpdir(), 'authorities-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const file = join(directory, 'corp.pem');
  const env = { SSL_CERT_FILE: file };
  await writeFile(file, me.ca.slice(0, 40));
  expect(await read(registry.host, { env })).toMatch(/^network /);
  await writeFile(file, tls.ca);
  expect(await read(registry.host, { env })).toBe(digest);
  await rm(file);
  expect(await read(registry.host, { env })).toMatch(/^network /);
});

it('throttling is waited for so often in a call, and in calls that share their patience, not in each request', async () => {
  const registry = await serve();
  registry.fail({ fault: { kind: 'status', status: 429 } });
  const client = createOciClient({ dockerConfig: false, env: {}, retries: 2, retryBaseMs: 1 });
  onTestFinished(() => client.close());
  const repository = client.repository(`${registry.host}/acme/app`);
  const patience = { throttled: 0 };
  for (const tag of ['v1', 'v2', 'v3'])
    await expect(repository.fetchManifest(tag, { patience })).rejects.toMatchObject({ code: 'rate-limited' });
  expect(registry.requests).toHaveLength(3 + 2);
  await expect(repository.fetchManifest('v4')).rejects.toMatchObject({ code: 'rate-limited' });
  expect(registry.requests).toHaveLength(5 + 3);
});

it('names a registry that redirects from https to http, even on loopback, where http is tried first', async () => {
  const registry = await serve({ tls });
  registry.fail({ route: 'manifest', fault: { kind: 'redirect', location: 'http://minio.test:9000/bucket/x?sig=s' } });
  const client = createOciClient({ dockerConfig: false, env: {}, retries: 0, ca: tls.ca });
  onTestFinished(() => client.close());
  await expect(client.repository(`${registry.host}/acme/app`).fetchManifest('v1')).rejects.toMatchObject({
    code: 'blocked-redirect',
    message: `${registry.host} redirects from https to plain http at minio.test:9000, which is not followed`,
  });
});

it('a proxy that fails is named, with what to look at, and no advice to drop TLS', async () => {
  const proxy = await startProxy({ status: 407 });
  onTestFinished(() => proxy.close());
  const env = { https_proxy: proxy.url.replace('http://', 'http://u:wr0ng@') };
  const client = createOciClient({ dockerConfig: false, env, retries: 0 });
  onTestFinished(() => client.close());
  const ask = client.repository('registry.test/acme/app').fetchManifest('v1');
  await expect(ask).rejects.toMatchObject({
    code: 'proxy',
    message: expect.stringMatching(
      /^the proxy 127\.0\.0\.1:\d+ answered 407; check the user and the password of the proxy in “https_proxy”/,
    ) as unknown,
  });
  expect(
    await read('registry.test', { env: { https_proxy: proxy.url.replace('http://127.0.0.1', 'https://localhost') } }),
  ).toBe('proxy ERR_SSL_WRONG_VERSION_NUMBER');
});

it('a registry that wants a certificate gets it, with its token server on the same origin', async () => {
  const registry = await serve({ tls: { ...tls, clientAuthority: tls.ca }, access: { kind: 'bearer' } });
  const clientCertificates = [{ origins: [registry.url], cert: me.cert, key: me.key }];
  expect(await read(registry.host, { ca: tls.ca, clientCertificates })).toBe(digest);
  expect(registry.requests.map(({ route, status }) => `${route} ${status}`)).toEqual([
    'manifest 401',
    'token 200',
    'manifest 200',
  ]);
  expect(await read(registry.host, { ca: tls.ca })).toMatch(/^network /);
  const elsewhere = [{ origins: ['https://elsewhere.test'], cert: me.cert, key: me.key }];
  expect(await read(registry.host, { ca: tls.ca, clientCertificates: elsewhere })).toMatch(/^network /);
});

it('a registry is read through the proxy of the environment, or not at all', async () => {
  const registry = await serve({ tls });
  const port = Number(new URL(registry.url).port);
  await using proxy = await startProxy({ to: port, credentials: { username: 'acme', password: 'p4ss' } });
  const https_proxy = proxy.url.replace('//', '//acme:p4ss@');
  expect(await read('registry.test', { ca: tls.ca, env: { https_proxy } })).toBe(digest);
  expect(await read('registry.test', { ca: tls.ca, env: { https_proxy: proxy.url } })).toBe('proxy PROXY_407');
  expect(proxy.requests.map(({ method, target, authorized }) => `${method} ${target} ${String(authorized)}`)).toEqual([
    'CONNECT registry.test:443 true',
    'CONNECT registry.test:443 false',
  ]);
  const resolve: OciClientOptions['resolve'] = (_, __, done) => done(null, [{ address: '127.0.0.1', family: 4 }]);
  for (const direct of [
    { env: { https_proxy, no_proxy: 'registry.test' } },
    { env: { https_proxy, no_proxy: '10.0.0.0/8,.test' } },
    { env: { https_proxy }, proxy: false as const },
  ]) {
    expect(await read(`registry.test:${port}`, { ca: tls.ca, resolve, ...direct })).toBe(digest);
  }
  expect(await read(registry.host, { ca: tls.ca, env: { https_proxy } })).toBe(digest); // loopback never goes through it
  expect(proxy.requests).toHaveLength(2);
});

it('an unusable proxy is a mistake of the configuration, and its address isn’t repeated', async () => {
  const https_proxy = 'socks5://acme:p4ss@127.0.0.1';
  const outcome = await read('registry.test', { env: { https_proxy } });
  expect(outcome).toMatch(/^invalid-config /);
  expect(outcome).not.toContain('p4ss');
});

it('everything is read over fetch as well', async () => {
  const registry = await serve({ access: { kind: 'bearer' } });
  expect(await read(registry.host, { transport: fetchTransport() })).toBe(digest);
});

it('requests are told as they begin and end, without a secret', async () => {
  const registry = await serve({ access: { kind: 'basic', username: 'acme', password: 'p4ss' } });
  const events: RequestEvent[] = [];
  const credentials = { username: 'acme', password: 'p4ss' };
  expect(await read(registry.host, { credentials, onRequest: (event) => events.push(event) })).toBe(digest);
  expect(events.map(({ phase, url }) => `${phase} ${url.replace(registry.url, '')}`)).toEqual([
    'start /v2/',
    'end /v2/',
    'start /v2/acme/app/manifests/v1',
    'end /v2/acme/app/manifests/v1',
  ]);
  expect(JSON.stringify(events)).not.toMatch(/p4ss|YWNtZTpwNHNz/);
});

it('a malformed option is a mistake named after this client', () => {
  for (const wrong of [
    { ca: 'nonsense' },
    { allowAddresses: ['10.0.0.0/99'] },
    { connections: 0 },
    { http2: 'yes' },
  ] as object[])
    expect(() => createOciClient(wrong)).toThrow(TypeError);
  expect(() => createOciClient({ connections: 0 })).toThrow('createOciClient: "connections"');
});
