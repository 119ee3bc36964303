import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  descriptorOf,
  encode,
  failure,
  type FakeServer,
  indexBytes,
  makeClient,
  manifestBytes,
  types,
} from '../../test/fake-registry.ts';
import { openClient, serve } from '../../test/setting.ts';
import { type PublicHosts, publicHosts, type Reply } from '../../test/memory-transport.ts';
import { type Descriptor, type Digest, digestOf, type OciClientOptions, type OciRepository } from '../index.ts';

// Named after the table of advisories in the README: what went wrong elsewhere, shown not to go wrong here. S4 and S13 are of the transport and
// tested there, as are the parts of S3, S5 and S12 that need no registry.

const image = manifestBytes();
const digest = digestOf(image);
const blob = encode('the blob');
const layer = descriptorOf(blob, 'x/y');
const secret = { username: 'user', password: 'hunter2' };
const bearer = (realm: string): Reply => ({
  status: 401,
  headers: { 'www-authenticate': `Bearer realm="${realm}",service="s"` },
});
const manifest: Reply = { headers: { 'content-type': types.manifest }, body: image };

function at(hosts: PublicHosts, options: OciClientOptions = {}): OciRepository {
  const client = openClient({ transport: hosts.transport, retries: 0, ...options });
  return client.repository('registry.test/acme/app');
}

function over(server: FakeServer, options: OciClientOptions = {}): OciRepository {
  const client = openClient({ retries: 0, ...options });
  return client.repository(`${server.host}/acme/app`);
}

describe('S1 foreign layers (CVE-2020-15157)', () => {
  it('S1 no host that "urls" names is ever contacted', async () => {
    const foreign: Descriptor = { ...layer, urls: ['https://evil.test/layer'] };
    const bytes = manifestBytes({ layers: [foreign] });
    const hosts = publicHosts(({ url }) =>
      url.pathname.includes('/manifests/')
        ? { headers: { 'content-type': types.manifest }, body: bytes }
        : { status: 404 },
    );
    const repository = at(hosts, { credentials: secret });
    const fetched = await repository.fetchManifest('v1');
    const [listed] = fetched.manifest.kind === 'image' ? fetched.manifest.layers : [];
    expect(listed?.urls).toEqual(['https://evil.test/layer']);
    expect((await failure(repository.fetchBlob(listed ?? layer))).code).toBe('not-found');
    expect((await failure(repository.openBlob(listed ?? layer))).code).toBe('not-found');
    expect(new Set(hosts.sent.map(({ url }) => url.host))).toEqual(new Set(['registry.test']));
  });
});

describe('S2 credentials and a host that a redirect leads to (CVE-2020-15157, ggcr #2337)', () => {
  /** A registry that keeps its blobs at `cdn.test`, which asks for a token, and a token server that gives short-lived ones. */
  const hosts = (challenge: string): PublicHosts => {
    let tokens = 0;
    return publicHosts(({ url, headers }) => {
      if (url.host === 'auth.test') {
        tokens += 1;
        return { body: JSON.stringify({ token: `token-${tokens}` }) };
      }
      if (url.host === 'registry.test')
        return headers['authorization']?.startsWith('Bearer token-') === true &&
          headers['authorization'] !== 'Bearer token-1'
          ? { status: 307, headers: { location: 'https://cdn.test/blob' } }
          : bearer('https://auth.test/token');
      if (url.host === 'cdn.test') return { status: 401, headers: { 'www-authenticate': challenge } };
      return { body: '{"token":"for-cdn"}' };
    });
  };

  it.each([
    ['Bearer', 'Bearer realm="https://cdn-auth.test/token",service="cdn"'],
    ['Basic', 'Basic realm="give me your password"'],
    ['both', 'Basic realm="x", Bearer realm="https://cdn-auth.test/token"'],
  ])(
    'S2 the other host never sees them, also after a first token that was refused; it asks for %s',
    async (_, challenge) => {
      const world = hosts(challenge);
      const dockerConfig = { auths: { 'registry.test': secret }, HttpHeaders: { 'X-Meta': 'hunter2' } };
      for (const read of [
        (repository: OciRepository) => repository.fetchBlob(layer),
        (repository: OciRepository) => repository.fetchManifest(digest),
        (repository: OciRepository) => repository.openBlob(layer),
        (repository: OciRepository) => repository.resolve('v1'),
      ])
        await failure(read(at(world, { dockerConfig })));
      expect(world.secretsOf('auth.test').length).toBeGreaterThan(0);
      expect(world.secretsOf('cdn-auth.test')).toEqual([]);
      expect(world.secretsOf('cdn.test').filter((text) => text !== 'Bearer for-cdn')).toEqual([]);
    },
  );
});

describe('S3 a token server or a next page inside (ggcr #2193, #2243, #2285)', () => {
  const inside = [
    'https://169.254.169.254./',
    'https://localhost./',
    'https://0/',
    'https://0177.0.0.1/',
    'https://0x7f.1/',
    'https://2130706433/',
    'https://[::ffff:169.254.169.254]/',
    'https://[::ffff:a9fe:a9fe]/',
    'https://[::127.0.0.1]/',
    'https://[64:ff9b::a9fe:a9fe]/',
    'https://[64:ff9b:1::1]/',
    'https://[2002:a9fe:a9fe::]/',
    'https://[fd00:ec2::254]/',
    'https://[fe80::1]/',
    'https://[fec0::1]/',
    'https://[::]/',
    'https://100.100.100.200/',
    'https://100.64.0.1/',
    'https://10.0.0.1/',
    'https://192.168.1.1/',
    'https://①②⑦.0.0.1/',
    'https://127。0。0。1/',
    'http://auth.test/',
    'https://user@auth.test/',
    'https://evil.test\\@127.0.0.1/../x',
    'file:///etc/passwd',
    'https://exa mple/',
    '',
  ];
  it.each(inside.filter((url) => !url.startsWith('https://evil')))('S3 as realm: %j', async (realm) => {
    const hosts = publicHosts(() => bearer(realm));
    const error = await failure(at(hosts, { credentials: secret }).fetchManifest('v1'));
    expect(error.code).toBe('blocked-redirect');
    expect(new Set(hosts.sent.map(({ url }) => url.host))).toEqual(new Set(['registry.test']));
    expect(hosts.secretsOf('registry.test')).toEqual([]);
  });

  it('S3 as Link', async () => {
    for (const target of inside.filter((url) => url !== '')) {
      const hosts = publicHosts(() => ({ headers: { link: `<${target}>; rel="next"` }, body: '{"tags":["a"]}' }));
      const error = await failure(at(hosts).listTags());
      expect([target, error.code]).toEqual([target, 'blocked-redirect']);
      expect(hosts.sent).toHaveLength(1);
    }
  });
});

describe('S5 a token server that redirects (ggcr #2292)', () => {
  it.each(['https://127.0.0.1:1/', 'https://10.0.0.1/', 'http://auth.test/other', 'https://169.254.169.254/latest'])(
    'S5 inward or out of https: %s',
    async (location) => {
      const hosts = publicHosts(({ url }) =>
        url.host === 'registry.test' ? bearer('https://auth.test/token') : { status: 302, headers: { location } },
      );
      expect((await failure(at(hosts, { credentials: secret }).fetchManifest('v1'))).code).toBe('blocked-redirect');
      expect(new Set(hosts.sent.map(({ url }) => url.host))).toEqual(new Set(['registry.test', 'auth.test']));
    },
  );

  it.each([301, 302, 303, 307, 308])('S5 a refresh token is posted once, whatever %i asks', async (status) => {
    const hosts = publicHosts(({ url }) =>
      url.host === 'registry.test'
        ? bearer('https://auth.test/token')
        : { status, headers: { location: 'https://evil.test/token' } },
    );
    const repository = at(hosts, { credentials: { identityToken: 'refresh' } });
    expect((await failure(repository.fetchManifest('v1'))).code).toBe('blocked-redirect');
    expect(hosts.sent.filter(({ method }) => method === 'POST')).toHaveLength(1);
    expect(hosts.secretsOf('evil.test')).toEqual([]);
  });

  it('S5 the password goes no further than the token server', async () => {
    const hosts = publicHosts(({ url }) => {
      if (url.host === 'registry.test') return bearer('https://auth.test/token');
      return url.host === 'auth.test'
        ? { status: 302, headers: { location: 'https://evil.test/token' } }
        : { body: '{"token":"t"}' };
    });
    await failure(at(hosts, { credentials: secret }).fetchManifest('v1'));
    expect(hosts.secretsOf('auth.test')).toHaveLength(1);
    expect(hosts.secretsOf('evil.test')).toEqual([]);
  });
});

describe('S6 Link (GHSA-h7vf-4x9w-h99v, ggcr TestGetNextPageURL_SSRF)', () => {
  const lists: readonly (readonly [string, (repository: OciRepository) => Promise<unknown>, Reply])[] = [
    ['tags', (repository) => repository.listTags(), { body: '{"tags":["a"]}' }],
    [
      'referrers',
      (repository) => repository.listReferrers(digest),
      { headers: { 'content-type': types.index }, body: indexBytes([descriptorOf(image, types.manifest)]) },
    ],
  ];
  const targets = [
    'https://evil.test/v2/acme/app/tags/list',
    '//evil.test/v2/acme/app/tags/list',
    'https://registry.test:444/v2/acme/app/tags/list',
    'http://registry.test/v2/acme/app/tags/list',
    'https://registry.test/v2/other/repo/tags/list',
    `https://registry.test/v2/acme/app/referrers/sha256:${'a'.repeat(64)}`,
    '/v2/acme/app/../../other/tags/list',
    '/admin',
    'https://user:pass@registry.test/v2/acme/app/tags/list',
    'javascript:alert(1)',
  ];
  for (const [name, list, page] of lists) {
    it.each(targets)(`S6 of ${name} to another place: %s`, async (target) => {
      const hosts = publicHosts(() => ({ ...page, headers: { ...page.headers, link: `<${target}>; rel="next"` } }));
      expect((await failure(list(at(hosts, { credentials: { token: 'hunter2' } })))).code).toBe('blocked-redirect');
      expect(hosts.sent).toHaveLength(1);
    });

    it.each(targets.filter((target) => !target.startsWith('javascript:')))(
      `S6 of ${name} to another place, with a query: %s`,
      async (target) => {
        const hosts = publicHosts(({ url }) => ({
          ...page,
          headers: url.search.includes('page=2')
            ? (page.headers ?? {})
            : { ...page.headers, link: `<${target}?page=2>; rel="next"` },
        }));
        await list(at(hosts, { credentials: { token: 'hunter2' } }));
        // The second page is one of the list that was asked, whatever the link says of host, scheme and path.
        expect(hosts.sent).toHaveLength(2);
        expect(hosts.sent[1]?.url.href).toBe(`${hosts.sent[0]?.url.href.split('?', 1)[0]}?page=2`);
      },
    );

    it(`S6 of ${name} in a loop, and for 10 000 pages`, async () => {
      const loop = publicHosts(({ url }) => ({
        ...page,
        headers: { ...page.headers, link: `<${url.pathname}?page=1>; rel="next"` },
      }));
      expect((await failure(list(at(loop)))).code).toBe('invalid-response');
      expect(loop.sent.length).toBeLessThan(4);
      let pages = 0;
      const endless = publicHosts(({ url }) => {
        pages += 1;
        return {
          ...page,
          headers: {
            ...page.headers,
            ...(pages < 10_000 ? { link: `<${url.pathname}?page=${pages}>; rel="next"` } : {}),
          },
        };
      });
      expect((await failure(list(at(endless)))).code).toBe('too-large');
      expect(endless.sent.length).toBe(name === 'tags' ? 1000 : 50);
    });
  }
});

describe.skipIf(process.platform === 'win32')('S7 a helper that is broken (CVE-2021-41092)', () => {
  const hub = 'index.docker.io';
  it.each<[string, string | undefined, string]>([
    ['is missing', undefined, 'unauthorized'],
    ['fails', 'echo "{}"; exit 3', 'invalid-config'],
    ['knows nothing', 'echo "credentials not found in native keychain"; exit 1', 'unauthorized'],
    ['answers nonsense', 'echo "not JSON"', 'invalid-config'],
    ['answers another shape', `echo '{"Username":1}'`, 'invalid-config'],
    ['answers too much', 'head -c 100000 /dev/zero', 'invalid-config'],
    ['is killed', 'kill -9 $$', 'invalid-config'],
  ])('S7 that %s never sends one host credentials that belong to another', async (_, script, code) => {
    const directory = await mkdtemp(join(tmpdir(), 'helper-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    if (script !== undefined) {
      await writeFile(join(directory, 'docker-credential-broken'), `#!/bin/sh\n${script}\n`);
      await chmod(join(directory, 'docker-credential-broken'), 0o755);
    }
    const hosts = publicHosts(() => ({ status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } }));
    // The private registry's helper is broken, and there are credentials for the Hub: they must not be what it gets, nor the other way round.
    for (const [asked, other] of [
      ['private.test', hub],
      [hub, 'private.test'],
    ] as const) {
      const dockerConfig = { credHelpers: { [asked]: 'broken' }, auths: { [other]: secret } };
      const client = makeClient({
        transport: hosts.transport,
        dockerConfig,
        env: { PATH: `${directory}${delimiter}${process.env['PATH'] ?? ''}` },
      });
      onTestFinished(client.close);
      expect((await failure(client.repository(`${asked}/acme/app`).fetchManifest('v1'))).code).toBe(code);
    }
    expect(hosts.sent.filter(({ headers }) => headers['authorization'] !== undefined)).toEqual([]);
  });

  it('S7 is asked for the host in question and nothing else', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'helper-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    const asked = join(directory, 'asked');
    const script = `#!/bin/sh\ncat >> ${asked}; echo >> ${asked}; echo '{"Username":"u","Secret":"s"}'\n`;
    await writeFile(join(directory, 'docker-credential-good'), script, { mode: 0o755 });
    const hosts = publicHosts(() => ({ status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } }));
    const client = makeClient({
      transport: hosts.transport,
      dockerConfig: { credsStore: 'good' },
      env: { PATH: `${directory}${delimiter}${process.env['PATH'] ?? ''}` },
    });
    onTestFinished(client.close);
    for (const host of ['private.test', 'docker.io'])
      await failure(client.repository(`${host}/acme/app`).fetchManifest('v1'));
    expect((await readFile(asked, 'utf8')).trim().split('\n')).toEqual(['private.test', 'https://index.docker.io/v1/']);
  });
});

describe('S8 credentials for a host that only looks like it (@sigstore/oci 0.7.1)', () => {
  const config = { auths: { 'ghcr.io': secret } };
  it.each([
    ['ghcr.io', true],
    ['ghcr.io.evil.test', false],
    ['notghcr.io', false],
    ['ghcr.io:5000', false],
    ['x.ghcr.io', false],
    ['evil.test/ghcr.io', false],
    ['ghcr.iox.test', false],
  ])('S8 ghcr.io for %s: %s', async (host, expected) => {
    for (const options of [{ dockerConfig: config }, { credentials: { ...secret, registry: 'ghcr.io' } }]) {
      const hosts = publicHosts(({ headers }) =>
        headers['authorization'] === undefined
          ? { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } }
          : manifest,
      );
      const client = openClient({ transport: hosts.transport, ...options });
      await client
        .repository(`${host}/acme/app`)
        .fetchManifest('v1')
        .catch(() => undefined);
      const got = hosts.sent.some(({ headers }) => headers['authorization'] !== undefined);
      expect(got).toBe(expected);
    }
  });
});

describe('S9 an index for one reader and an image for another (CVE-2021-41190)', () => {
  const child = descriptorOf(image, types.manifest);
  const config = descriptorOf(encode('{}'), 'application/vnd.oci.empty.v1+json');
  const served = (bytes: Uint8Array, type: string): OciRepository =>
    at(
      publicHosts(() => ({ headers: { 'content-type': type }, body: bytes })),
      { cache: false },
    );

  it.each<[string, object, string]>([
    [
      'both lists as an index',
      { schemaVersion: 2, mediaType: types.index, manifests: [child], layers: [layer], config },
      types.index,
    ],
    [
      'both lists as an image',
      { schemaVersion: 2, mediaType: types.manifest, manifests: [child], layers: [layer], config },
      types.manifest,
    ],
    ['both lists and no type', { schemaVersion: 2, manifests: [child], layers: [layer], config }, types.index],
    [
      'another type than its Content-Type',
      { schemaVersion: 2, mediaType: types.index, manifests: [child] },
      types.manifest,
    ],
    [
      'another type of image than its Content-Type',
      { schemaVersion: 2, mediaType: 'application/vnd.docker.distribution.manifest.v2+json', config, layers: [] },
      types.manifest,
    ],
    [
      'a key in another case',
      { schemaVersion: 2, mediaType: types.index, manifests: [child], Layers: [layer] },
      types.index,
    ],
  ])('S9 refused: %s', async (_, body, type) => {
    expect((await failure(served(encode(body), type).fetchManifest('v1'))).code).toBe('invalid-manifest');
  });

  it('S9 the same bytes under another Content-Type are the same or an error', async () => {
    const all = [types.index, types.manifest, types.dockerList, 'application/vnd.docker.distribution.manifest.v2+json'];
    for (const bytes of [
      encode({ schemaVersion: 2, manifests: [child] }),
      encode({ schemaVersion: 2, config, layers: [] }),
      encode({ schemaVersion: 2, mediaType: types.index, manifests: [child] }),
    ]) {
      const kinds = new Set<string>();
      for (const type of all) {
        const fetched = await served(bytes, type)
          .fetchManifest(digestOf(bytes))
          .catch((error: { code: string }) => error.code);
        if (typeof fetched !== 'string') kinds.add(fetched.manifest.kind);
      }
      expect(kinds.size).toBe(1);
    }
  });
});

describe('S10 a digest that a header replaces (CVE-2025-24882)', () => {
  const evil = manifestBytes({ artifactType: 'evil' });
  const lying = (type: string): PublicHosts =>
    publicHosts(() => ({
      headers: {
        'content-type': type,
        'docker-content-digest': digestOf(evil),
        'content-length': String(evil.byteLength),
      },
      body: evil,
    }));

  it.each([types.manifest, 'application/vnd.docker.distribution.manifest.v1+prettyjws', types.index])(
    'S10 another body and its own digest in the header, as %s',
    async (type) => {
      expect((await failure(at(lying(type)).fetchManifest(digest))).code).toBe('digest-mismatch');
    },
  );

  it('S10 the children of an index, blobs, streams and configurations too', async () => {
    const platform = { os: 'linux', architecture: 'amd64' };
    const index = indexBytes([{ ...descriptorOf(image, types.manifest), platform }]);
    const body = Uint8Array.from(blob, (byte) => byte ^ 1);
    const repository = at(
      publicHosts(({ url }) => {
        const headers = { 'content-type': types.index, 'docker-content-digest': digestOf(evil) };
        if (url.pathname.endsWith('/manifests/v1')) return { headers, body: index };
        return url.pathname.includes('/manifests/')
          ? { headers: { ...headers, 'content-type': types.manifest }, body: evil }
          : { headers, body };
      }),
    );
    expect((await failure(repository.fetchManifest('v1', { platform }))).code).toBe('digest-mismatch');
    expect((await failure(repository.fetchBlob(layer))).code).toBe('digest-mismatch');
    const reading = repository.openBlob(layer).then(async (opened) => {
      for await (const _ of opened);
    });
    expect((await failure(reading)).code).toBe('digest-mismatch');
  });

  it('S10 a tag has the digest of its bytes', async () => {
    const fetched = await at(
      publicHosts(() => ({ ...manifest, headers: { ...manifest.headers, 'docker-content-digest': digestOf(evil) } })),
    ).fetchManifest('v1');
    expect(fetched.digest).toBe(digest);
  });
});

describe('S11 digests that are paths or requests (CVE-2024-3727)', () => {
  const bad = [
    'sha256:../../x',
    `sha256:${'A'.repeat(64)}`,
    `sha256:${'a'.repeat(63)}`,
    `sha256:${'a'.repeat(65)}`,
    `md5:${'a'.repeat(32)}`,
    `sha384:${'a'.repeat(96)}`,
    `sha256:${'a'.repeat(64)}/../x`,
    `sha256:${'a'.repeat(64)}?x`,
    `sha256:${'a'.repeat(64)}\r\nx: y`,
    `SHA256:${'a'.repeat(64)}`,
    'sha256:',
    '',
  ];
  it.each(bad)('S11 before anything is asked: %j', async (text) => {
    const hosts = publicHosts(() => manifest);
    const repository = at(hosts);
    const forged = text as Digest;
    for (const read of [
      () => repository.fetchBlob({ ...layer, digest: forged }),
      () => repository.openBlob({ ...layer, digest: forged }),
      () => repository.listReferrers(forged),
      () => repository.fetchManifest(text),
      () => repository.resolve(text),
    ])
      expect((await failure(read())).code).toMatch(/^invalid-(?:digest|reference)$/);
    expect(hosts.sent).toEqual([]);
  });

  it.each(bad)('S11 in a manifest: %j', async (text) => {
    const hosts = publicHosts(() => ({
      headers: { 'content-type': types.manifest },
      body: manifestBytes({ layers: [{ ...layer, digest: text }] }),
    }));
    expect((await failure(at(hosts).fetchManifest('v1'))).code).toBe('invalid-manifest');
  });
});

describe('S12 endless data and endless lists (CVE-2023-46737, CVE-2024-29902, CVE-2024-29903)', () => {
  it('S12 a million descriptors', async () => {
    const one = JSON.stringify(descriptorOf(image, types.manifest));
    const body = `{"schemaVersion":2,"mediaType":"${types.index}","manifests":[${Array.from({ length: 1_000_000 }, () => one).join(',')}]}`;
    const hosts = publicHosts(() => ({ headers: { 'content-type': types.index }, body }));
    const repository = at(hosts);
    expect((await failure(repository.fetchManifest('v1'))).code).toBe('too-large');
    expect((await failure(repository.listReferrers(digest))).code).toBe('too-large');
  });

  it('S12 a list within the size and over the count', async () => {
    const many = Array.from({ length: 11_000 }, (_, n) => ({
      mediaType: 'x/y',
      digest: digestOf(encode(String(n))),
      size: 1,
    }));
    const hosts = publicHosts(() => ({ headers: { 'content-type': types.index }, body: indexBytes(many) }));
    const repository = at(hosts);
    expect((await failure(repository.fetchManifest('v1'))).code).toBe('too-large');
    expect((await failure(repository.listReferrers(digest))).code).toBe('too-large');
  });

  it('S12 a blob that its descriptor says is huge is not asked for', async () => {
    const hosts = publicHosts(() => manifest);
    expect((await failure(at(hosts).fetchBlob({ ...layer, size: 2 ** 40 }))).code).toBe('too-large');
    expect(hosts.sent).toEqual([]);
  });

  it('S12 an endless body stops at the cap of what is read', async () => {
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-type': types.manifest });
      const more = (): void => {
        while (response.write(Buffer.alloc(65_536, 32)));
      };
      response.on('drain', more);
      more();
    });
    const repository = over(server);
    expect((await failure(repository.fetchManifest('v1'))).code).toBe('too-large');
    expect((await failure(repository.listReferrers(digest))).code).toBe('too-large');
    expect((await failure(repository.listTags())).code).toBe('too-large');
    expect((await failure(repository.fetchBlob(layer))).code).toBe('size-mismatch');
  });
});

describe('S14 a tag that moves (GHSA-wfqx-gjrf-g28r, CVE-2023-47630)', () => {
  it('S14 is read once: everything after works by the digest that it had', async () => {
    const second = manifestBytes({ artifactType: 'later' });
    let reads = 0;
    const hosts = publicHosts(({ url, method }) => {
      if (url.pathname.endsWith(`/manifests/${digest}`)) return manifest;
      if (!url.pathname.endsWith('/manifests/v1')) return { status: 404 };
      reads += 1;
      const bytes = reads === 1 ? image : second;
      return {
        headers: {
          'content-type': types.manifest,
          'docker-content-digest': digestOf(bytes),
          'content-length': String(bytes.byteLength),
        },
        body: method === 'HEAD' ? '' : bytes,
      };
    });
    const client = openClient({ transport: hosts.transport });
    const { reference } = await client.resolve('registry.test/acme/app:v1');
    const repository = client.repository(reference);
    const fetched = await repository.fetchManifest(reference.digest);
    await repository.listReferrers(reference.digest);
    expect([reference.digest, fetched.digest, reads]).toEqual([digest, digest, 1]);
    // The reference keeps the tag for people, and it is the digest that is resolved again.
    expect((await client.resolve(reference)).digest).toBe(digest);
    expect(reads).toBe(1);
  });
});
