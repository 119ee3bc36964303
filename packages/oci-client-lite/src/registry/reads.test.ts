import { describe, expect, it } from 'vitest';
import {
  descriptorOf,
  failure,
  indexBytes,
  type Route,
  serveMap,
  type Stored,
  types,
} from '../../test/fake-registry.ts';
import { serveRepository } from '../../test/setting.ts';
import { digestOf, type OciRepository } from '../index.ts';
import { amd, arm, both, config, content, everything, index, inner, path } from '../../test/read-content.ts';

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
    ['is answered with 501', {}, 501],
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

  it('reads the bytes if the connection breaks at the HEAD', async () => {
    const { repository } = await serveRepository(
      (request, response) => {
        if (request.method === 'HEAD') response.destroy();
        else everything(request, response);
      },
      { retries: 0 },
    );
    expect((await repository.resolve('v1')).bytes).toEqual(index);
  });

  it('says what the GET says if both fail', async () => {
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

  it('takes a 400 without a body for an answer if nothing speaks TLS', async () => {
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

describe('retryOnNotFound', () => {
  it('waits for what was pushed a moment ago, but only on request', async () => {
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
