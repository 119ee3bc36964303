import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
// oxlint-disable-next-line no-restricted-imports -- a server of the test
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { createOciClient, isOciError, type OciRepository, openLayout } from 'oci-client-lite';
import { afterAll, describe, expect, it } from 'vitest';
import { findProgram } from './programs.ts';
import {
  type Ends,
  type RealRegistry,
  startDebian,
  startDistribution3,
  startGgcr,
  startOlaregs,
} from './real-registries.ts';

const run = promisify(execFile);
const root = await mkdtemp(join(tmpdir(), 'registries-'));
const ends: Ends = [];
const has = (...names: readonly string[]): boolean => names.every((name) => findProgram(name) !== undefined);

const registries: readonly RealRegistry[] = await startAll().catch(async (error: unknown) => {
  await endAll();
  throw error;
});
/** Operation → the registries it was seen to hold against. */
const ran = new Map<string, string[]>();

afterAll(async () => {
  await endAll();
  const lines = [...ran].map(([operation, names]) => `${operation}: ${names.join(', ')}`);
  await new Promise<void>((resolve) => process.stdout.write(`${lines.join('\n')}\n`, () => resolve()));
});

const bundle = 'application/vnd.dev.sigstore.bundle.v0.3+json';

const operations: Readonly<Record<string, (registry: RealRegistry, repository: OciRepository) => Promise<void>>> = {
  'resolve by HEAD': async ({ example }, repository) => {
    const resolved = await repository.resolve('latest');
    expect([resolved.digest, resolved.bytes]).toEqual([example.index, undefined]);
  },
  'index by tag and by digest': async ({ example }, repository) => {
    for (const name of ['latest', example.index])
      expect((await repository.fetchManifest(name)).digest).toBe(example.index);
  },
  'Docker manifest': async (_, repository) => {
    expect((await repository.fetchManifest('docker-v2')).mediaType).toContain('docker.distribution.manifest.v2');
  },
  'platform and configuration': async ({ example }, repository) => {
    const image = await repository.fetchManifest('latest', { platform: 'linux/amd64' });
    expect(image.digest).toBe(example.amd64);
    expect((await repository.fetchConfig(image)).config.architecture).toBe('amd64');
  },
  blob: async ({ example }, repository) => {
    expect((await repository.fetchBlob(example.layer)).byteLength).toBe(example.layer.size);
  },
  'streamed blob': async ({ example }, repository) => {
    let size = 0;
    for await (const piece of await repository.openBlob(example.layer)) size += piece.byteLength;
    expect(size).toBe(example.layer.size);
  },
  referrers: async ({ name, example, hasReferrersApi }, repository) => {
    const { referrers, looked } = await repository.listReferrers(example.index);
    expect(looked[0]?.answer).toBe(hasReferrersApi ? 'found' : 'unsupported');
    // Plain or as a cache, distribution looks the same from outside.
    if (/^(?:Debian|distribution)/.test(name)) expect(looked[0]?.maybeCache).toMatch(/like distribution/);
    expect(referrers).toEqual([
      {
        carrier: hasReferrersApi ? 'referrers-api' : 'fallback-tag',
        descriptor: expect.objectContaining({
          digest: example.referrer,
          // go-containerregistry's registry lists the type of the configuration.
          artifactType: hasReferrersApi && name.startsWith('go-') ? 'application/vnd.oci.empty.v1+json' : bundle,
          annotations: expect.objectContaining({ 'dev.sigstore.bundle.content': 'dsse-envelope' }) as unknown,
        }) as unknown,
      },
    ]);
  },
  'referrers of one type': async ({ example }, repository) => {
    expect((await repository.listReferrers(example.index, { artifactType: bundle })).referrers).toHaveLength(1);
    expect((await repository.listReferrers(example.index, { artifactType: 'text/none' })).referrers).toEqual([]);
  },
  'no referrers': async ({ example }, repository) => {
    expect((await repository.listReferrers(example.amd64)).referrers).toEqual([]);
  },
  tags: async (_, repository) => {
    expect(await repository.listTags()).toEqual(expect.arrayContaining(['latest', 'docker-v2']));
  },
  'what is not there': async ({ name }, repository) => {
    await expect(repository.fetchManifest('nothing')).rejects.toMatchObject({ code: 'not-found' });
    // As a mirror, Debian's registry answers 500 for a digest that it lacks, which does not show an absence.
    const code = name.endsWith('pull-through') ? 'server-error' : 'not-found';
    await expect(repository.fetchManifest(`sha256:${'0'.repeat(64)}`)).rejects.toMatchObject({ code });
  },
  'without credentials': async ({ host, repository, options, isGuarded }) => {
    // The authority is not a credential: it stays.
    await using client = createOciClient({ dockerConfig: false, ca: options.ca, retries: 0 });
    const fetched = await client
      .repository(`${host}/${repository}`)
      .fetchManifest('latest')
      .catch((error: unknown) => (isOciError(error) ? error.code : String(error)));
    if (isGuarded) expect(fetched).toMatch(/^(?:unauthorized|network)$/);
    else expect(fetched).toMatchObject({ manifest: { kind: 'index' } });
  },
};

describe.skipIf(registries.length === 0)('real registries', () => {
  describe.each(registries)('$name', (registry) => {
    it.each(Object.entries(operations))('%s', async (name, operate) => {
      await using client = createOciClient(registry.options);
      await operate(registry, client.repository(`${registry.host}/${registry.repository}`));
      ran.set(name, [...(ran.get(name) ?? []), registry.name]);
    });
  });

  it.skipIf(!has('docker-registry'))(
    'an identity token, a password grant and a wrong password against the token server',
    async () => {
      const registry = registries.find(({ name }) => name.endsWith('token'));
      if (registry === undefined) throw new Error('Debian’s registry did not start');
      const read = async (options: object): Promise<string> => {
        await using client = createOciClient({ ...options });
        const fetched = await client
          .repository(`${registry.host}/${registry.repository}`)
          .fetchManifest('latest')
          .catch((error: unknown) => (isOciError(error) ? error.code : String(error)));
        return typeof fetched === 'string' ? fetched : 'read';
      };
      const credentials = { username: 'alice', password: 'S3cret:pw' };
      expect(await read({ credentials, passwordGrant: true })).toBe('read');
      expect(await read({ credentials: { ...credentials, password: 'wrong' } })).toBe('unauthorized');
      expect(await read({ credentials: { identityToken: 'wrong' } })).toBe('unauthorized');
      ran.set('password grant, wrong password, wrong identity token', [registry.name]);
    },
  );

  it.skipIf(!has('docker-registry'))('a mirror without a referrers API says nothing about referrers', async () => {
    const named = (end: string): RealRegistry | undefined => registries.find(({ name }) => name.endsWith(end));
    const [upstream, mirror] = [named('Debian 2.8.2 plain'), named('pull-through')];
    if (upstream === undefined || mirror === undefined) throw new Error('Debian’s registry did not start');
    await using client = createOciClient({ dockerConfig: false, mirrors: { [upstream.host]: [mirror.host] } });
    const repository = client.repository(`${upstream.host}/${upstream.repository}`);
    const { referrers } = await repository.listReferrers(upstream.example.index);
    expect(referrers.map(({ descriptor }) => descriptor.digest)).toEqual([upstream.example.referrer]);
    const looks: string[] = [];
    await repository.fetchBlob(upstream.example.layer, { onRequest: ({ url }) => void looks.push(new URL(url).host) });
    expect(new Set(looks)).toEqual(new Set([mirror.host]));
    ran.set('mirror', [mirror.name]);
  });
});

describe.skipIf(!has('skopeo') || registries.length === 0)('skopeo copy … oci:', () => {
  it('writes a layout that has what the registry has', async () => {
    const { host, repository, example } = registries.find(({ isGuarded }) => !isGuarded) ?? registries[0] ?? fail();
    const directory = join(root, 'skopeo');
    await run(findProgram('skopeo') ?? '', [
      'copy',
      '--all',
      '--preserve-digests',
      '--src-tls-verify=false',
      `docker://${host}/${repository}:latest`,
      `oci:${directory}:v1`,
    ]);
    const layout = openLayout(directory);
    expect((await layout.resolve('v1')).digest).toBe(example.index);
    expect((await layout.fetchManifest('v1', { platform: 'linux/amd64' })).digest).toBe(example.amd64);
    let size = 0;
    for await (const piece of await layout.openBlob(example.layer)) size += piece.byteLength;
    expect(size).toBe(example.layer.size);
    ran.set('layout', ['skopeo copy --all']);
  });
});

// Whom does docker's CLI log in as, with this configuration? We must never log in where it doesn't.
describe.skipIf(!has('docker'))('credentials, beside docker’s command line', () => {
  const entry = (user: string): object => ({ auth: Buffer.from(`${user}:p`).toString('base64') });
  const helper = (script: string): string => `#!/bin/sh\nread key\n${script}\n`;
  const helpers = {
    good: helper('echo \'{"ServerURL":"x","Username":"helper","Secret":"p"}\''),
    empty: helper('echo "credentials not found in native keychain"; exit 1'),
  };
  const configs: readonly (readonly [string, (host: string) => object, boolean?])[] = [
    ['no entry', () => ({})],
    ['the host', (host) => ({ auths: { [host]: entry('file') } })],
    ['http://host/v1/', (host) => ({ auths: { [`http://${host}/v1/`]: entry('file') } })],
    ['https://host', (host) => ({ auths: { [`https://${host}`]: entry('file') } })],
    ['another host', () => ({ auths: { 'other.test': entry('file') } })],
    ['another port', (host) => ({ auths: { [host.replace(/:\d+$/, ':1')]: entry('file') } })],
    ['a helper', (host) => ({ auths: { [host]: entry('file') }, credHelpers: { [host]: 'good' } })],
    ['a store', (host) => ({ auths: { [host]: entry('file') }, credsStore: 'good' })],
    ['a helper that knows nothing', (host) => ({ auths: { [host]: entry('file') }, credHelpers: { [host]: 'empty' } })],
    ['a store that knows nothing', (host) => ({ auths: { [host]: entry('file') }, credsStore: 'empty' })],
    [
      'a store switched off',
      (host) => ({ auths: { [host]: entry('file') }, credsStore: 'good', credHelpers: { [host]: '' } }),
    ],
    ['a store that is not installed', (host) => ({ auths: { [host]: entry('file') }, credsStore: 'not-there' })],
    // docker's CLI uses such an entry for the whole host. We don't: it was given for a path.
    ['a path of the host', (host) => ({ auths: { [`${host}/other/repo`]: entry('file') } }), true],
  ];

  it.each(configs.map(([name, configOf, isStricter]) => ({ name, configOf, isStricter })))(
    '$name',
    async ({ configOf, isStricter = false }) => {
      const seen: string[] = [];
      const server = createServer((request, response) => {
        const [, text = ''] = /^Basic (.*)$/.exec(request.headers.authorization ?? '') ?? [];
        seen.push(Buffer.from(text, 'base64').toString().split(':')[0] ?? '');
        response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end('{}');
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
      const directory = await mkdtemp(join(root, 'docker-'));
      const bin = join(directory, 'bin');
      await mkdir(bin);
      await writeFile(join(directory, 'config.json'), JSON.stringify(configOf(host)));
      for (const [name, script] of Object.entries(helpers)) {
        await writeFile(join(bin, `docker-credential-${name}`), script);
        await chmod(join(bin, `docker-credential-${name}`), 0o755);
      }
      const path = `${bin}${delimiter}${process.env['PATH'] ?? ''}`;
      const users = (): string[] => [...new Set(seen.splice(0).filter((user) => user !== ''))];
      await run(findProgram('docker') ?? '', ['manifest', 'inspect', '--insecure', `${host}/acme/app`], {
        env: { ...process.env, PATH: path, DOCKER_CONFIG: directory },
        timeout: 20_000,
      }).catch(() => undefined);
      const theirs = users();
      await using client = createOciClient({ env: { PATH: path, DOCKER_CONFIG: directory }, proxy: false });
      await client
        .repository(`${host}/acme/app`)
        .fetchManifest('latest')
        .catch(() => undefined);
      const ours = users();
      server.closeAllConnections();
      server.close();
      if (isStricter) expect([theirs, ours]).toEqual([['file'], []]);
      else expect(ours).toEqual(theirs);
      ran.set('credentials beside docker', ['docker manifest inspect --insecure']);
    },
  );
});

function fail(): never {
  throw new Error('no registry started');
}

async function startAll(): Promise<readonly RealRegistry[]> {
  return [
    ...(has('docker-registry', 'htpasswd', 'openssl') ? await startDebian(root, ends) : []),
    ...(has('distribution3') ? await startDistribution3(root, ends) : []),
    ...(has('olareg') ? await startOlaregs(root, ends) : []),
    ...(has('crane') ? [await startGgcr('crane', root, ends)] : []),
    ...(has('ggcr-registry') ? [await startGgcr('ggcr-registry', root, ends)] : []),
  ];
}

async function endAll(): Promise<void> {
  for (const end of ends.toReversed()) await end();
  await rm(root, { recursive: true, force: true });
}
