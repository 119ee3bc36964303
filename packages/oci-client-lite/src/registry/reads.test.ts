import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  descriptorOf,
  emptyConfig,
  encode,
  failure,
  indexBytes,
  manifestBytes,
  recorder,
  type Route,
  serveMap,
  type Stored,
  types,
} from '../../test/fake-registry.ts';
import { serveRepository } from '../../test/setting.ts';
import { writeLayout } from '../../test/layout.ts';
import { type Descriptor, digestOf, type OciRepository, openLayout } from '../index.ts';

const configType = 'application/vnd.oci.image.config.v1+json';
const config = encode({
  architecture: 'arm64',
  os: 'linux',
  variant: 'v8',
  created: '2026-01-02T03:04:05Z',
  config: { Labels: { a: 'b', __proto__x: 'y' }, Env: null, Cmd: ['/app'] },
  rootfs: { type: 'layers', diff_ids: [] },
});
const arm = manifestBytes({ config: descriptorOf(config, configType) });
const amd = manifestBytes({ annotations: { arch: 'amd64' } });
const inner = indexBytes([
  descriptorOf(arm, types.manifest, { platform: { os: 'linux', architecture: 'arm64', variant: 'v8' } }),
]);
const index = indexBytes([
  descriptorOf(amd, types.manifest, { platform: { os: 'linux', architecture: 'amd64' } }),
  descriptorOf(inner, types.index, { platform: { os: 'linux', architecture: 'arm64' } }),
]);
const blob = encode('x'.repeat(200_000));
const blobDescriptor = descriptorOf(blob, 'application/octet-stream');
const path = (kind: string, bytes: Uint8Array): string => `acme/app/${kind}/${digestOf(bytes)}`;
const content: readonly [string, Stored][] = [
  ['acme/app/manifests/v1', { bytes: index, type: types.index }],
  ...[index, inner].map((bytes): [string, Stored] => [path('manifests', bytes), { bytes, type: types.index }]),
  ...[arm, amd].map((bytes): [string, Stored] => [path('manifests', bytes), { bytes, type: types.manifest }]),
  ...[config, blob, emptyConfig].map((bytes): [string, Stored] => [path('blobs', bytes), { bytes, type: 'x/y' }]),
];
const everything = serveMap(new Map(content));

/** The same content as a registry and as a layout. */
async function both(): Promise<readonly (readonly [string, OciRepository])[]> {
  const { repository } = await serveRepository(everything);
  const directory = await mkdtemp(`${tmpdir()}/layout-`);
  onTestFinished(() => rm(directory, { recursive: true }));
  await writeLayout(
    directory,
    [inner, arm, amd, index, config, blob, emptyConfig],
    [descriptorOf(index, types.index, { annotations: { 'org.opencontainers.image.ref.name': 'v1' } })],
  );
  return [
    ['registry', repository],
    ['layout', openLayout(directory)],
  ];
}

describe('fetchManifest with a platform', () => {
  it('goes from index to index to image, in a registry and in a layout', async () => {
    for (const [, repository] of await both()) {
      expect((await repository.fetchManifest('v1')).digest).toBe(digestOf(index));
      expect((await repository.fetchManifest('v1', { platform: 'linux/arm64' })).digest).toBe(digestOf(arm));
      expect((await repository.fetchManifest('v1', { platform: 'linux/amd64' })).digest).toBe(digestOf(amd));
      expect((await repository.fetchManifest(digestOf(arm), { platform: 'linux/amd64' })).digest).toBe(digestOf(arm));
      const error = await failure(repository.fetchManifest('v1', { platform: 'windows/amd64' }));
      expect(error).toMatchObject({ code: 'no-matching-platform', actual: 'linux/amd64, linux/arm64' });
    }
  });

  it('refuses entries that say something else than what they lead to, and endless nesting', async () => {
    const platform = { os: 'linux', architecture: 'arm64' };
    const wrongSize = indexBytes([{ ...descriptorOf(arm, types.manifest, { platform }), size: 5 }]);
    const wrongType = indexBytes([descriptorOf(arm, types.index, { platform })]);
    let deep = inner;
    const levels: Uint8Array[] = [];
    for (let depth = 0; depth < 3; depth += 1) {
      deep = indexBytes([descriptorOf(deep, types.index, { platform })]);
      levels.push(deep);
    }
    const more: [string, Stored][] = [wrongSize, wrongType, ...levels].map((bytes) => [
      path('manifests', bytes),
      { bytes, type: types.index },
    ]);
    const { repository } = await serveRepository(serveMap(new Map([...content, ...more])));
    const fetch = (bytes: Uint8Array) => failure(repository.fetchManifest(digestOf(bytes), { platform }));
    expect((await fetch(wrongSize)).code).toBe('size-mismatch');
    expect((await fetch(wrongType)).code).toBe('invalid-manifest');
    expect((await fetch(deep)).message).toContain('nested');
    expect((await repository.fetchManifest(digestOf(levels[0] ?? arm), { platform })).digest).toBe(digestOf(arm));
  });

  it('takes no platform from a caller’s typing mistake', async () => {
    const { repository } = await serveRepository(everything);
    await expect(repository.fetchManifest('v1', { platform: 'linux' })).rejects.toThrow(TypeError);
  });
});

describe('fetchConfig', () => {
  it('reads the configuration of an image', async () => {
    for (const [, repository] of await both()) {
      const image = await repository.fetchManifest('v1', { platform: 'linux/arm64' });
      const fetched = await repository.fetchConfig(image);
      expect(fetched.config).toEqual({
        architecture: 'arm64',
        os: 'linux',
        variant: 'v8',
        created: '2026-01-02T03:04:05Z',
        config: { Labels: { a: 'b', __proto__x: 'y' }, Cmd: ['/app'] },
      });
      expect(fetched.bytes).toEqual(config);
    }
  });

  it('says that an index or an artifact has none', async () => {
    const { repository } = await serveRepository(everything);
    for (const digest of [digestOf(index), digestOf(amd)])
      expect((await failure(repository.fetchConfig(await repository.fetchManifest(digest)))).code).toBe(
        'unsupported-media-type',
      );
  });
});

describe('a web page in place of content', () => {
  const page: Route = (_, response) =>
    response.setHeader('content-type', 'text/html').end('<!doctype html><html><title>Sign in</title></html>');

  it.each<[string, (repository: OciRepository) => Promise<unknown>, string]>([
    ['a tag', (repository) => repository.fetchManifest('v1'), 'invalid-manifest'],
    ['a digest', (repository) => repository.fetchManifest(digestOf(index)), 'digest-mismatch'],
    ['a blob', (repository) => repository.fetchBlob(descriptorOf(index, types.index)), 'size-mismatch'],
  ])('is named as one: %s', async (_, read, code) => {
    const { server, repository } = await serveRepository(page);
    const error = await failure(read(repository));
    expect(error.code).toBe(code);
    expect(error.message).toContain(`${server.host} answered 200 with a web page`);
  });
});

describe('resolve', () => {
  const head =
    (headers: Record<string, string | undefined>, status: number = 200): Route =>
    (request, response) => {
      if (request.method !== 'HEAD') return everything(request, response);
      const all = {
        'content-type': types.index,
        'content-length': String(index.byteLength),
        'docker-content-digest': digestOf(index),
        ...headers,
      };
      for (const [name, value] of Object.entries(all)) if (value !== undefined) response.setHeader(name, value);
      response.writeHead(status).end();
    };
  const expected = { digest: digestOf(index), mediaType: types.index, size: index.byteLength };

  it('needs a HEAD only', async () => {
    const { repository, server } = await serveRepository(head({}));
    expect(await repository.resolve('v1')).toEqual(expected);
    expect(await repository.resolve(digestOf(index))).toEqual(expected);
    expect(server.seen.map(({ method }) => method)).toEqual(['HEAD', 'HEAD']);
  });

  it.each<[string, Record<string, string | undefined>, number]>([
    ['has no digest', { 'docker-content-digest': undefined }, 200],
    ['has a malformed digest', { 'docker-content-digest': 'sha256:../x' }, 200],
    ['has no type', { 'content-type': undefined }, 200],
    ['has another type', { 'content-type': 'text/html' }, 200],
    ['is not allowed', {}, 405],
    ['finds nothing', {}, 404],
    // What a bucket answers to a HEAD whose URL was signed for GET (moby #50065), and what proxies make of one.
    ['is denied', {}, 403],
    ['fails', {}, 500],
    ['is not implemented', {}, 501],
    ['is malformed', {}, 400],
  ])('reads the bytes where the HEAD %s', async (_, headers, status) => {
    const { repository, server } = await serveRepository(head(headers, status), { retries: 0 });
    expect(await repository.resolve('v1')).toEqual({ ...expected, bytes: index });
    expect(server.seen.map(({ method }) => method)).toEqual(['HEAD', 'GET']);
  });

  it.each([
    [401, 'unauthorized'],
    [429, 'rate-limited'],
  ])('takes a HEAD that is answered %i for what it says', async (status, code) => {
    const { repository, server } = await serveRepository(head({}, status), { retries: 0 });
    expect(await failure(repository.resolve('v1'))).toMatchObject({ code, status, method: 'HEAD' });
    expect(server.seen.some(({ method, url }) => method === 'GET' && url.includes('/manifests/'))).toBe(false);
  });

  it('reads the bytes where the connection breaks at the HEAD', async () => {
    const { repository } = await serveRepository(
      (request, response) => {
        if (request.method === 'HEAD') response.destroy();
        else everything(request, response);
      },
      { retries: 0 },
    );
    expect((await repository.resolve('v1')).bytes).toEqual(index);
  });

  it('says what the GET says where both fail', async () => {
    const { repository } = await serveRepository((_, response) => response.writeHead(403).end(), { retries: 0 });
    expect(await failure(repository.resolve('v1'))).toMatchObject({ code: 'denied', method: 'GET' });
  });

  it('finds out at the first read that the header lied', async () => {
    const { repository } = await serveRepository(head({ 'docker-content-digest': digestOf(arm) }));
    const { digest } = await repository.resolve('v1');
    expect(digest).toBe(digestOf(arm));
    const { repository: liar } = await serveRepository((_, response) =>
      response.setHeader('content-type', types.index).end(index),
    );
    expect((await failure(liar.fetchManifest(digest))).code).toBe('digest-mismatch');
  });

  it('takes a 400 that has no body for an answer where nothing speaks TLS', async () => {
    const { repository } = await serveRepository((request, response) => {
      if (request.method === 'HEAD') response.writeHead(400).end();
      else everything(request, response);
    });
    expect((await repository.resolve('v1')).bytes).toEqual(index);
  });

  it('gives a reference by digest to a client', async () => {
    const { client, server } = await serveRepository(head({}));
    const resolved = await client.resolve(`${server.host}/acme/app:v1`);
    expect(resolved.reference).toEqual({
      registry: server.host,
      repository: 'acme/app',
      tag: 'v1',
      digest: digestOf(index),
    });
    const pinned = await client.resolve(`${server.host}/acme/app:other@${digestOf(index)}`);
    expect(pinned.digest).toBe(digestOf(index));
    expect(server.seen.at(-1)?.url).toContain(digestOf(index));
    const sha384 = await failure(client.resolve(`${server.host}/acme/app@sha384:${'a'.repeat(96)}`));
    expect(sha384.code).toBe('invalid-digest');
  });

  it('hashes in a layout', async () => {
    const [, [, layout] = []] = await both();
    expect(await layout?.resolve('v1')).toEqual({ ...expected, bytes: index });
  });
});

/** Answers the question which scheme is spoken, and leaves the rest to the route. */
const below =
  (route: Route): Route =>
  (request, response) =>
    request.url === '/v2/' ? response.end('{}') : route(request, response);

describe('openBlob', () => {
  const read = async (source: AsyncIterable<Uint8Array>): Promise<Uint8Array> => {
    const pieces: Uint8Array[] = [];
    for await (const piece of source) pieces.push(piece);
    return new Uint8Array(Buffer.concat(pieces));
  };
  const until = async (source: AsyncIterable<Uint8Array>): Promise<number> => {
    let size = 0;
    try {
      for await (const piece of source) size += piece.byteLength;
    } catch {
      return size;
    }
    throw new Error('it did not fail');
  };

  it('streams what is right, in a registry and in a layout', async () => {
    for (const [, repository] of await both()) {
      const { looks, onLook } = recorder();
      expect(await read(await repository.openBlob(blobDescriptor, { onLook }))).toEqual(blob);
      expect(looks.at(-1)).toMatchObject({ bytes: blob.byteLength, digest: blobDescriptor.digest });
      const empty = descriptorOf(new Uint8Array(0), 'x/y');
      expect((await failure(repository.openBlob(empty))).code).toBe('not-found');
    }
  });

  it.each<[string, (descriptor: Descriptor) => Descriptor, string]>([
    ['longer', (descriptor) => ({ ...descriptor, size: descriptor.size - 1 }), 'size-mismatch'],
    ['shorter', (descriptor) => ({ ...descriptor, size: descriptor.size + 1 }), 'size-mismatch'],
  ])('fails for a blob that is %s, in a registry and in a layout', async (_, change, code) => {
    for (const [, repository] of await both()) {
      const opening = repository.openBlob(change(blobDescriptor)).then(read);
      expect((await failure(opening)).code).toBe(code);
    }
  });

  it('reads a blob by its digest alone, no more than the cap, and checks it', async () => {
    for (const [, repository] of await both()) {
      const { digest } = blobDescriptor;
      expect(await read(await repository.openBlob(digest))).toEqual(blob);
      expect(await read(await repository.openBlob(digest, { maxBytes: blob.byteLength }))).toEqual(blob);
      const opening = repository.openBlob(digest, { maxBytes: blob.byteLength - 1 }).then(read);
      expect((await failure(opening)).code).toBe('too-large');
    }
    const { repository } = await serveRepository(below((_, response) => response.end(blob.subarray(1))));
    expect((await failure(repository.openBlob(blobDescriptor.digest).then(read))).code).toBe('digest-mismatch');
  });

  it('fails for other bytes before the last piece, never after', async () => {
    const wrong = Uint8Array.from(blob);
    wrong[100] = 0;
    const { repository } = await serveRepository(below((_, response) => response.end(wrong)));
    expect((await failure(repository.openBlob(blobDescriptor).then(read))).code).toBe('digest-mismatch');
    expect(await until(await repository.openBlob(blobDescriptor))).toBeLessThan(blob.byteLength);
  });

  it('ends the connection when its reader leaves or cancels', async () => {
    let open = 0;
    const { repository } = await serveRepository(
      below((_, response) => {
        open += 1;
        response.on('close', () => {
          open -= 1;
        });
        response.writeHead(200).write(blob.subarray(0, 150_000));
      }),
    );
    const left = await repository.openBlob(blobDescriptor);
    for await (const _ of left) break;
    const waiting = await repository.openBlob(blobDescriptor);
    const reading = failure(read(waiting));
    await waiting.cancel();
    expect((await reading).code).toBe('aborted');
    const cancelled = await repository.openBlob(blobDescriptor);
    await cancelled.cancel();
    {
      await using unused = await repository.openBlob(blobDescriptor);
      expect(unused.descriptor).toBe(blobDescriptor);
    }
    await expect.poll(() => open).toBe(0);
  });

  it('ends at its deadline, and at once for a signal', async () => {
    const { repository } = await serveRepository(
      below((_, response) => void response.writeHead(200).write(blob.subarray(0, 1000))),
    );
    expect((await failure(repository.openBlob(blobDescriptor, { timeoutMs: 100 }).then(read))).code).toBe('timeout');
    const controller = new AbortController();
    const opened = await repository.openBlob(blobDescriptor, { signal: controller.signal });
    controller.abort();
    expect((await failure(read(opened))).code).toBe('aborted');
  });

  it('asks nothing for a blob over the cap or a malformed digest', async () => {
    const { repository, server } = await serveRepository(everything);
    expect((await failure(repository.openBlob(blobDescriptor, { maxBytes: 10 }))).code).toBe('too-large');
    const bad = { ...blobDescriptor, digest: 'sha256:../../x' as Descriptor['digest'] };
    expect((await failure(repository.openBlob(bad))).code).toBe('invalid-digest');
    expect(server.seen).toEqual([]);
  });

  it('authenticates as every read does', async () => {
    const authorization = `Basic ${Buffer.from('u:p').toString('base64')}`;
    const { repository } = await serveRepository(
      (request, response) => {
        if (request.authorization === authorization) return everything(request, response);
        response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
      },
      { credentials: { username: 'u', password: 'p' } },
    );
    expect(await read(await repository.openBlob(blobDescriptor))).toEqual(blob);
  });
});

describe('retryOnNotFound', () => {
  it('waits for what was pushed a moment ago, and only where asked to', async () => {
    for (const retries of [0, 2]) {
      let left = 2;
      const route: Route = (request, response) => {
        left -= 1;
        if (left >= 0) response.writeHead(404).end();
        else everything(request, response);
      };
      const { repository } = await serveRepository(
        route,
        retries === 0 ? {} : { retryOnNotFound: { retries, delayMs: 1 } },
      );
      if (retries === 0) expect((await failure(repository.fetchManifest('v1'))).code).toBe('not-found');
      else expect((await repository.fetchManifest('v1')).digest).toBe(digestOf(index));
    }
  });

  it('ends in not-found', async () => {
    const { repository, server } = await serveRepository((_, response) => response.writeHead(404).end(), {
      retryOnNotFound: { retries: 3, delayMs: 1 },
    });
    expect((await failure(repository.fetchManifest('v1'))).code).toBe('not-found');
    expect(server.seen).toHaveLength(4);
  });
});

describe('what a registry says beside its answers', () => {
  it('is reported once each', async () => {
    const warnings: unknown[] = [];
    const { repository, server, client } = await serveRepository(
      (request, response) => {
        response.setHeader('warning', ['299 - "this tag is going away"', '299 - "and so are we"']);
        response.setHeader('ratelimit-limit', '100;w=21600').setHeader('ratelimit-remaining', '7;w=21600');
        everything(request, response);
      },
      { onWarning: (warning) => void warnings.push(warning) },
    );
    await repository.fetchManifest('v1');
    await repository.fetchManifest('v1');
    expect(warnings).toEqual([
      { source: 'registry', registry: server.host, text: 'this tag is going away' },
      { source: 'registry', registry: server.host, text: 'and so are we' },
    ]);
    expect(client.rateLimit(server.host)).toEqual({ limit: 100, remaining: 7, windowSeconds: 21600 });
    expect(client.rateLimit('other.test')).toBeUndefined();
  });

  it('stands in errors too', async () => {
    const { repository } = await serveRepository(
      (_, response) => response.writeHead(429, { 'retry-after': '120', 'ratelimit-remaining': '0;w=21600' }).end(),
      { retries: 0 },
    );
    expect(await failure(repository.fetchManifest('v1'))).toMatchObject({
      code: 'rate-limited',
      status: 429,
      method: 'GET',
      retryAfterMs: 120_000,
      rateLimit: { remaining: 0 },
    });
  });

  it('about the digest of a tag is checked, and only reported', async () => {
    const warnings: string[] = [];
    const { repository } = await serveRepository(
      (request, response) => {
        response.setHeader('docker-content-digest', digestOf(arm));
        everything(request, response);
      },
      { onWarning: ({ source, text }) => void warnings.push(`${source}: ${text}`) },
    );
    expect((await repository.fetchManifest('v1')).digest).toBe(digestOf(index));
    expect(warnings).toEqual(['client: the digest in the header for tag v1 is not that of the bytes']);
  });
});
