import { describe, expect, it } from 'vitest';
import {
  descriptorOf,
  failure,
  type FakeServer,
  indexBytes,
  manifestBytes,
  type Route,
  serveMap,
  type Stored,
  types,
} from '../../test/fake-registry.ts';
import { repositoryAt as repositoryOf, serve } from '../../test/setting.ts';
import {
  createOciClient,
  digestOf,
  fallbackTag,
  type Mirror,
  type OciClientOptions,
  type OciRepository,
} from '../index.ts';

const image = manifestBytes({ annotations: { who: 'image' } });
const digest = digestOf(image);
const blob = new TextEncoder().encode('blob');
const blobDescriptor = descriptorOf(blob, 'x/y');
const stored = (bytes: Uint8Array, type: string = types.manifest): Stored => ({ bytes, type });
const contentOf = (repository: string, more: readonly [string, Stored][] = []): Route =>
  serveMap(
    new Map([
      [`${repository}/manifests/v1`, stored(image)],
      [`${repository}/manifests/${digest}`, stored(image)],
      [`${repository}/blobs/${digestOf(blob)}`, stored(blob)],
      ...more.map(([path, value]) => [`${repository}/${path}`, value] as const),
    ]),
  );
const nothing: Route = (_, response) => response.writeHead(404).end();

const start = async (route: Route): Promise<FakeServer> =>
  await serve((request, response) => {
    if (request.url === '/v2/') response.end('{}');
    else route({ ...request, url: request.url.replace(/[?&]ns=[^&]*/, '') }, response);
  });

function repositoryAt(
  upstream: FakeServer,
  mirrors: readonly (string | Mirror)[],
  options: OciClientOptions = {},
): OciRepository {
  return repositoryOf(upstream, { mirrors: { [upstream.host]: mirrors }, ...options });
}

const paths = (server: FakeServer): string[] => server.seen.map(({ url }) => url).filter((url) => url !== '/v2/');
const read = async (source: AsyncIterable<Uint8Array>): Promise<number> => {
  let size = 0;
  for await (const piece of source) size += piece.byteLength;
  return size;
};

describe('a mirror', () => {
  it('is read first for what has a digest, below its path', async () => {
    const [upstream, mirror] = [await start(nothing), await start(contentOf('hub/acme/app'))];
    const repository = repositoryAt(upstream, [`http://${mirror.host}/hub`]);
    expect((await repository.fetchManifest(digest)).digest).toBe(digest);
    expect(await repository.fetchBlob(blobDescriptor)).toEqual(blob);
    expect(await read(await repository.openBlob(blobDescriptor))).toBe(blob.byteLength);
    expect(paths(upstream)).toEqual([]);
    expect(paths(mirror)[0]).toBe(`/v2/hub/acme/app/manifests/${digest}`);
  });

  it.each<[string, Route]>([
    ['has nothing', nothing],
    ['refuses', (_, response) => response.writeHead(403).end()],
    ['breaks', (_, response) => response.writeHead(500).end()],
    ['sends other bytes', (_, response) => response.setHeader('content-type', types.manifest).end(manifestBytes())],
    ['sends us away', (_, response) => response.writeHead(307, { location: 'http://169.254.169.254/' }).end()],
    ['resets the connection', (_, response) => response.socket?.destroy()],
  ])('that %s costs nothing but time', async (_, route) => {
    const [upstream, mirror] = [await start(contentOf('acme/app')), await start(route)];
    const repository = repositoryAt(upstream, [mirror.host], { retries: 0 });
    expect((await repository.fetchManifest(digest)).digest).toBe(digest);
    expect(paths(mirror)).toHaveLength(1);
  });

  it('that hangs gets a share of the time only', async () => {
    const [upstream, mirror] = [await start(contentOf('acme/app')), await start(() => undefined)];
    const repository = repositoryAt(upstream, [mirror.host]);
    expect((await repository.fetchManifest(digest, { timeoutMs: 1000 })).digest).toBe(digest);
  });

  it('comes after another in order, and the registry’s own error counts', async () => {
    const order: string[] = [];
    const named = async (name: string): Promise<FakeServer> =>
      await start((_, response) => {
        order.push(name);
        response.writeHead(name === 'upstream' ? 403 : 404).end();
      });
    const [upstream, first, second] = [await named('upstream'), await named('first'), await named('second')];
    const error = await failure(repositoryAt(upstream, [first.host, second.host]).fetchManifest(digest));
    expect(error.code).toBe('denied');
    expect(order).toEqual(['first', 'second', 'upstream']);
  });

  it('is asked what a tag means only if it is trusted with that', async () => {
    for (const tags of [false, true]) {
      const [upstream, mirror] = [await start(contentOf('acme/app')), await start(contentOf('acme/app'))];
      const repository = repositoryAt(upstream, [{ url: mirror.host, tags }]);
      await repository.fetchManifest('v1');
      expect([paths(upstream).length, paths(mirror).length]).toEqual(tags ? [0, 1] : [1, 0]);
      await repository.resolve('v1').catch(() => undefined);
      expect(paths(mirror).length).toBe(tags ? 3 : 0);
    }
  });

  it('is told which registry it mirrors only if it wants to know', async () => {
    const [upstream, mirror] = [await start(contentOf('acme/app')), await serve(nothing)];
    await repositoryAt(upstream, [{ url: mirror.host, namespace: true }]).fetchManifest(digest);
    expect(mirror.seen.at(-1)?.url).toBe(`/v2/acme/app/manifests/${digest}?ns=${encodeURIComponent(upstream.host)}`);
  });

  it('never sees the credentials of the registry', async () => {
    const challenge: Route = (_, response) => response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
    const upstream = await start((request, response) =>
      request.authorization === undefined ? challenge(request, response) : contentOf('acme/app')(request, response),
    );
    for (const credentials of [
      { username: 'u', password: 'p' },
      { username: 'u', password: 'p', registry: upstream.host },
      (registry: string) => (registry === upstream.host ? { username: 'u', password: 'p' } : undefined),
    ]) {
      const mirror = await start(challenge);
      const repository = repositoryAt(upstream, [mirror.host], { credentials });
      await repository.fetchManifest(digest);
      expect(paths(mirror).length).toBeGreaterThan(0);
      expect(mirror.seen.map(({ authorization }) => authorization).filter((value) => value !== undefined)).toEqual([]);
    }
  });

  it('gets its own credentials', async () => {
    const authorization = `Basic ${Buffer.from('m:p').toString('base64')}`;
    const upstream = await start(nothing);
    const mirror = await serve((request, response) => {
      if (request.authorization === authorization) contentOf('acme/app')(request, response);
      else response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
    });
    const dockerConfig = { auths: { [mirror.host]: { username: 'm', password: 'p' } } };
    await repositoryAt(upstream, [mirror.host], { dockerConfig }).fetchManifest(digest);
    expect(upstream.seen).toEqual([]);
  });
});

describe('referrers of a mirrored repository', () => {
  const referrer = descriptorOf(manifestBytes({ artifactType: types.bundle }), types.manifest, {
    artifactType: types.bundle,
  });
  const list: [string, Stored] = [`referrers/${digest}`, stored(indexBytes([referrer]), types.index)];
  const none: [string, Stored] = [`referrers/${digest}`, stored(indexBytes([]), types.index)];
  const tag: [string, Stored] = [`manifests/${fallbackTag(digest)}`, stored(indexBytes([]), types.index)];

  it.each<[string, Route]>([
    ['has no API and no tag', contentOf('acme/app')],
    ['lists none', contentOf('acme/app', [none, tag])],
    ['fails', (_, response) => response.writeHead(503).end()],
  ])('are asked of the registry when the mirror %s', async (_, route) => {
    const [upstream, mirror] = [await start(contentOf('acme/app', [list])), await start(route)];
    const repository = repositoryAt(upstream, [{ url: mirror.host, tags: true }], { retries: 0 });
    const { referrers } = await repository.listReferrers(digest);
    expect(referrers.map(({ descriptor }) => descriptor.digest)).toEqual([referrer.digest]);
  });

  it('are absent only when the registry itself says so', async () => {
    const [upstream, mirror] = [
      await start((_, response) => response.writeHead(403).end()),
      await start(contentOf('acme/app', [none, tag])),
    ];
    const repository = repositoryAt(upstream, [{ url: mirror.host, tags: true }]);
    expect((await failure(repository.listReferrers(digest))).code).toBe('denied');
  });

  it('may come from the mirror', async () => {
    const [upstream, mirror] = [await start(nothing), await start(contentOf('acme/app', [list]))];
    const { referrers, looked } = await repositoryAt(upstream, [mirror.host]).listReferrers(digest);
    expect(looked.map((look) => look.mirror)).toEqual([mirror.host]);
    expect(referrers).toHaveLength(1);
    expect(paths(upstream)).toEqual([]);
  });
});

it.each([
  '',
  'not a host',
  'ftp://x.test',
  'https://u:p@x.test',
  'http://mirror.test',
  'https://x.test/UPPER',
  'https://x.test?y',
])('a mirror must be a place: %j', (url) => {
  expect(() => createOciClient({ mirrors: { 'docker.io': [url] } })).toThrow(TypeError);
});
