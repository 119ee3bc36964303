import { join } from 'node:path';
import { createCertificateAuthority, issueTlsCertificate, type TlsCertificate } from '@sigtrail/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { digest, manifest, pathsOf, readWith, serveImages, writeFiles } from '../../test/config-files.ts';
import { serve } from '../../test/setting.ts';
import { type OptionsFromFiles, readRegistryFiles, type RegistryFiles, type Resolve } from '../index.ts';

let tls: TlsCertificate;
let other: TlsCertificate;
let me: TlsCertificate;
beforeAll(async () => {
  const authority = await createCertificateAuthority({ name: 'corp.test' });
  const hosts = ['127.0.0.1', 'registry.test'];
  tls = await issueTlsCertificate({ authority, hosts });
  me = await issueTlsCertificate({ authority, purpose: 'client', hosts: ['me.test'] });
  other = await issueTlsCertificate({ authority: await createCertificateAuthority({ name: 'other.test' }), hosts });
});

async function hostsOf(
  files: Readonly<Record<string, string>>,
  options: RegistryFiles = {},
): Promise<OptionsFromFiles> {
  return await readRegistryFiles({ containerdHosts: await writeFiles(files), ...options });
}

const toLoopback: Resolve = (_, __, done) => done(null, [{ address: '127.0.0.1', family: 4 }]);
describe('hosts.toml', () => {
  it('sends reads to its hosts, in its order, and the transcript says where it says so', async () => {
    const [empty, full] = [await serveImages([]), await serveImages(['acme/app'])];
    const directory = await writeFiles({
      'ghcr.io/hosts.toml': `server = "https://ghcr.io"\n\n[host."http://${empty.host}"]\n[host."http://${full.host}"]\n  capabilities = ["pull", "resolve"]\n`,
    });
    const files = await readRegistryFiles({ containerdHosts: directory });
    for (const reference of [`ghcr.io/acme/app@${digest}`, 'ghcr.io/acme/app:v1']) {
      const { answer, looks } = await readWith(files, reference);
      expect(answer).toBe(digest);
      const file = join(directory, 'ghcr.io/hosts.toml');
      expect(looks.map(({ url, routedBy }) => [new URL(url).host, routedBy])).toEqual([
        [empty.host, `${file}:3:2`],
        [full.host, `${file}:4:2`],
      ]);
      expect(pathsOf(full).at(-1)).toMatch(/^\/v2\/acme\/app\/manifests\/.*\?ns=ghcr\.io$/);
    }
  });

  it('is followed for its registry only, and a directory _default for all others', async () => {
    const [one, all] = [await serveImages(['acme/app']), await serveImages(['acme/app', 'library/app'])];
    const files = await hostsOf({
      'ghcr.io/hosts.toml': `[host."http://${one.host}"]`,
      '_default/hosts.toml': `[host."http://${all.host}"]`,
    });
    await readWith(files, `ghcr.io/acme/app@${digest}`);
    await readWith(files, `quay.io/acme/app@${digest}`);
    await readWith(files, `app@${digest}`);
    expect([pathsOf(one).length, pathsOf(all).map((path) => path.split('?')[1])]).toEqual([
      1,
      ['ns=quay.io', 'ns=docker.io'],
    ]);
  });

  it.each(['docker.io', 'registry.test:5000', 'registry.test_5000_'])('is found in the directory %s', async (name) => {
    const mirror = await serveImages(['library/app', 'app/x']);
    const files = await hostsOf({ [`${name}/hosts.toml`]: `[host."http://${mirror.host}"]` });
    const reference = name === 'docker.io' ? 'app' : 'registry.test:5000/app/x';
    expect((await readWith(files, `${reference}@${digest}`)).answer).toBe(digest);
  });

  it('asks a host without "resolve" for no tag, and a host that is only pushed to for nothing', async () => {
    const [pull, push] = [await serveImages(['acme/app']), await serveImages(['acme/app'])];
    const registry = await serveImages(['acme/app']);
    const files = await hostsOf({
      [`${registry.host}/hosts.toml`]: `[host."http://${push.host}"]\ncapabilities = ["push"]\n[host."http://${pull.host}"]\ncapabilities = ["pull"]\n`,
    });
    expect((await readWith(files, `${registry.host}/acme/app:v1`)).answer).toBe(digest);
    expect((await readWith(files, `${registry.host}/acme/app@${digest}`)).answer).toBe(digest);
    expect([pathsOf(push), pathsOf(pull).length, pathsOf(registry).length]).toEqual([[], 1, 1]);
  });

  it.each([
    ['', 'false', '/v2/acme/app'],
    ['/hub', 'false', '/hub/v2/acme/app'],
    ['/hub/v2', 'false', '/hub/v2/acme/app'],
    ['/v2/hub', 'true', '/v2/hub/acme/app'],
    ['/hub/', 'true', '/hub/acme/app'],
  ])('with the path "%s" and override_path = %s, reads below %s', async (path, override, expected) => {
    const mirror = await serve((request, response) => {
      if (request.url.startsWith(`${expected}/manifests/`)) response.end(manifest);
      else response.writeHead(404).end();
    });
    const files = await hostsOf({
      'ghcr.io/hosts.toml': `[host."http://${mirror.host}${path}"]\noverride_path = ${override}`,
    });
    expect((await readWith(files, `ghcr.io/acme/app@${digest}`)).answer).toBe(digest);
  });

  it('reads the registry itself where "server" says, with the credentials of that host only', async () => {
    const registry = await serveImages(['acme/app'], {
      access: { kind: 'basic', username: 'me', password: 'secret' } as never,
    });
    const files = await hostsOf({ 'ghcr.io/hosts.toml': `server = "http://${registry.host}"` });
    const reference = 'ghcr.io/acme/app:v1';
    const credentials = { username: 'me', password: 'secret' };
    expect((await readWith(files, reference)).answer).toMatch(/^unauthorized/);
    for (const given of [credentials, { ...credentials, registry: 'ghcr.io' }])
      expect((await readWith({ ...files, credentials: given }, reference)).answer).toMatch(/^unauthorized/);
    const theirs = { ...credentials, registry: registry.host };
    expect((await readWith({ ...files, credentials: theirs }, reference)).answer).toBe(digest);
  });

  it('trusts a "ca" for its host, and for no other', async () => {
    const [mirror, elsewhere] = [await serveImages(['acme/app'], { tls }), await serveImages(['acme/app'], { tls })];
    const files = await hostsOf({
      'ghcr.io/hosts.toml': `[host."https://${mirror.host}"]\nca = "corp.pem"`,
      'ghcr.io/corp.pem': tls.ca,
      'ghcr.io/hosts.d/more': '',
    });
    expect((await readWith(files, `ghcr.io/acme/app@${digest}`)).answer).toBe(digest);
    expect((await readWith(files, `${elsewhere.host}/acme/app@${digest}`)).answer).toMatch(/^network: .*certificate/);
  });

  it('trusts a "ca" at the top for the registry itself', async () => {
    const registry = await serveImages(['acme/app'], { tls });
    const port = registry.host.split(':')[1] ?? '';
    const files = await hostsOf({
      [`registry.test_${port}_/hosts.toml`]: 'ca = ["corp.pem"]',
      [`registry.test_${port}_/corp.pem`]: tls.ca,
    });
    const reference = `registry.test:${port}/acme/app:v1`;
    expect((await readWith({ ...files, resolve: toLoopback }, reference)).answer).toBe(digest);
    expect((await readWith({ resolve: toLoopback }, reference)).answer).toMatch(/^network: .*certificate/);
  });

  it('never continues without TLS if it says https', async () => {
    const mirror = await serveImages(['acme/app']);
    const files = await hostsOf({ 'registry.test/hosts.toml': `server = "https://${mirror.host}"` });
    const { answer } = await readWith({ ...files, insecureRegistries: ['*'] }, 'registry.test/acme/app:v1');
    expect([answer.split(':')[0], pathsOf(mirror)]).toEqual(['insecure-http', []]);
  });

  it('shows a host one certificate, and refuses two for one host, whichever registries it stands for', async () => {
    const hosts = (name: string): string =>
      `[host."https://mirror.corp"]\nclient = [["../${name}.pem", "../${name}.key"]]`;
    const files = {
      'me.pem': me.cert,
      'me.key': me.key,
      'other.pem': other.cert,
      'other.key': other.key,
      'ghcr.io/hosts.toml': hosts('me'),
    };
    const { clientCertificates } = await hostsOf({ ...files, 'quay.io/hosts.toml': hosts('me') });
    expect(clientCertificates?.map(({ cert }) => cert)).toEqual([me.cert, me.cert]);
    await expect(hostsOf({ ...files, 'quay.io/hosts.toml': hosts('other') })).rejects.toMatchObject({
      code: 'invalid-config',
      message: expect.stringMatching(
        /quay\.io\/hosts\.toml:1:2: "client" names a different certificate for https:\/\/mirror\.corp than .*ghcr\.io\/hosts\.toml:1:2 does; a host is shown a single certificate/,
      ),
    });
  });

  it('shows a client certificate, of one file or of two', async () => {
    const mirror = await serveImages(['acme/app'], { tls: { ...tls, clientAuthority: tls.ca } });
    for (const client of ['"both.pem"', '["both.pem"]', '[["me.pem", "me.key"]]']) {
      const files = await hostsOf({
        'ghcr.io/hosts.toml': `[host."https://${mirror.host}"]\nca = "../ghcr.io/corp.pem"\nclient = ${client}`,
        'ghcr.io/corp.pem': tls.ca,
        'ghcr.io/both.pem': me.cert + me.key,
        'ghcr.io/me.pem': me.cert,
        'ghcr.io/me.key': me.key,
      });
      expect((await readWith(files, `ghcr.io/acme/app@${digest}`)).answer, client).toBe(digest);
    }
  });

  it('sends its headers only to their host, even if that redirects', async () => {
    const target = await serve((_, response) => response.end(manifest));
    const mirror = await serve((request, response) => {
      if (request.url === '/v2/') response.end('{}');
      else response.writeHead(307, { location: `${target.url}/x` }).end();
    });
    const files = await hostsOf({
      'ghcr.io/hosts.toml': `[host."${mirror.url}"]\n[host."${mirror.url}".header]\nX-Api-Key = "k1"\nX-Team = ["a"]`,
    });
    expect((await readWith(files, `ghcr.io/acme/app@${digest}`)).answer).toBe(digest);
    expect(mirror.seen.map(({ headers }) => [headers['x-api-key'], headers['x-team']])).toContainEqual(['k1', 'a']);
    expect(target.seen.map(({ headers }) => headers['x-api-key'])).toEqual([undefined]);
  });

  it('speaks plain http to a host only if the caller names it too', async () => {
    const text = `server = "https://ghcr.io"\n[host."http://mirror.corp:5000"]\n`;
    await expect(hostsOf({ 'ghcr.io/hosts.toml': text })).rejects.toThrow(
      /hosts\.toml:2:2: http:\/\/mirror\.corp:5000 is plain http, which is only allowed if "insecureRegistries" names mirror\.corp:5000, too/,
    );
    const files = await hostsOf({ 'ghcr.io/hosts.toml': text }, { insecureRegistries: ['mirror.corp:5000'] });
    expect(files.insecureRegistries).toEqual(['mirror.corp:5000']);
  });

  const inGhcr = (text: string): Readonly<Record<string, string>> => ({ 'ghcr.io/hosts.toml': text });
  it.each<[string, Readonly<Record<string, string>>, RegExp]>([
    [
      'a key that it doesn’t know',
      inGhcr('server = "https://a.test"\ndial_timeout = "5s"'),
      /hosts\.toml:2:1: "dial_timeout" is not supported/,
    ],
    [
      'a key of a host',
      inGhcr('[host."https://a.test"]\n  retries = 5'),
      /:2:3: "retries" is not supported for a host/,
    ],
    ['a host in a host', inGhcr('[host."https://a.test".host."https://b.test"]'), /:1:\d+: "host" is not supported/],
    [
      'skip_verify',
      inGhcr('[host."https://a.test"]\nskip_verify = true'),
      /:2:1: "skip_verify" would accept any certificate/,
    ],
    ['skip_verify of the server', inGhcr('server = "https://a.test"\nskip_verify = true'), /:2:1: "skip_verify"/],
    ['a capability', inGhcr('[host."https://a.test"]\ncapabilities = ["pull", "fly"]'), /:2:1: the capability "fly"/],
    [
      'resolve without pull',
      inGhcr('[host."https://a.test"]\ncapabilities = ["resolve"]'),
      /:2:1: a host that resolves/,
    ],
    ['a server without pull', inGhcr('server = "https://a.test"\ncapabilities = ["push"]'), /:2:1: the server needs/],
    [
      'a value of another type',
      inGhcr('[host."https://a.test"]\noverride_path = "yes"'),
      /:2:17: "override_path" must be true or false/,
    ],
    ['a host that is not a table', inGhcr('host = 5'), /:1:8: "host" must be a table/],
    ['a host that is no address', inGhcr('[host."ftp://a.test"]'), /:1:\d+: "ftp:\/\/a\.test" must be https/],
    ['a host with a password', inGhcr('[host."https://u:p@a.test"]'), /must be https:\/\/host/],
    ['a path that leads up', inGhcr('[host."https://a.test/%2e%2e/x y"]'), /the path of/],
    [
      'ca that is missing',
      inGhcr('[host."https://a.test"]\nca = "no.pem"'),
      /:2:1: .*no\.pem can’t be read \(ENOENT\)/,
    ],
    [
      'a "ca" that isn’t a certificate',
      { ...inGhcr('[host."https://a.test"]\nca = "a.pem"'), 'ghcr.io/a.pem': 'secret' },
      /:2:1: "ca" must name certificates/,
    ],
    ['ca of plain http', { ...inGhcr('[host."http://127.0.0.1:5000"]\nca = "hosts.toml"') }, /:2:1: /],
    ['two client certificates', inGhcr('[host."https://a.test"]\nclient = ["a", "b"]'), /:2:1: "client" must name one/],
    [
      'a header with two values',
      inGhcr('[host."https://a.test".header]\nx = ["a", "b"]'),
      /:2:1: the header "x" must have one/,
    ],
    [
      'a header that is ours',
      inGhcr('[host."https://a.test".header]\nAuthorization = "Bearer abc"'),
      /:2:1: "Authorization" is not a header/,
    ],
    [
      'a header that smuggles',
      inGhcr('[host."https://a.test".header]\nx = "a\\r\\nHost: b"'),
      /:2:1: "x" is not a header/,
    ],
    ['what is not TOML', inGhcr('server = "https://a.test"\n[host\n'), /hosts\.toml:[23]:\d+: not TOML/],
    ['a key twice', inGhcr('server = "https://a.test"\nserver = "https://b.test"'), /hosts\.toml:[23]:\d+: not TOML/],
    ['a directory with another name', { 'not a host/hosts.toml': '' }, /not a host is not named like a registry/],
    ['a directory without the file', { 'ghcr.io/ca.crt': '' }, /hosts\.toml can’t be read \(ENOENT\)/],
    [
      'two directories for a registry',
      { 'a.test:5000/hosts.toml': '', 'a.test_5000_/hosts.toml': '' },
      /both about a\.test:5000/,
    ],
    ['settings of _default itself', { '_default/hosts.toml': 'override_path = true' }, /:1:1: in _default/],
  ])('refuses %s, and says where', async (_, files, message) => {
    const error: unknown = await hostsOf(files).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'invalid-config', message: expect.stringMatching(message) });
    expect(String(error)).not.toMatch(/secret|Bearer abc/);
  });

  it('takes no certificate of an authority that no file names', async () => {
    const mirror = await serveImages(['acme/app'], { tls: other });
    const files = await hostsOf({
      'ghcr.io/hosts.toml': `server = "https://${mirror.host}"\nca = "corp.pem"`,
      'ghcr.io/corp.pem': tls.ca,
    });
    expect((await readWith(files, 'ghcr.io/acme/app:v1')).answer).toMatch(/^network: .*certificate/);
  });
});
