import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  descriptorOf,
  encode,
  failure,
  makeClient,
  manifestBytes,
  recorder,
  type Route,
  serveMap,
  type Stored,
  types,
} from '../../test/fake-registry.ts';
import { openClient, serve, serveRepository } from '../../test/setting.ts';
import { digestOf, type OciClientOptions } from '../index.ts';

const image = manifestBytes({ annotations: { who: 'image' } });
const digest = digestOf(image);
const store = (...entries: readonly (readonly [string, Stored])[]): Route =>
  serveMap(new Map(entries.map(([path, stored]) => [`acme/app/${path}`, stored])));
const manifest = (bytes: Uint8Array, type: string = types.manifest): Stored => ({ bytes, type });

describe('fetchManifest', () => {
  it('computes the digest of a tag from the bytes and says what it asked', async () => {
    const { server, repository } = await serveRepository(store(['manifests/v1', manifest(image)]));
    const { looks, onRequest } = recorder();
    const fetched = await repository.fetchManifest('v1', { onRequest });
    expect(fetched).toMatchObject({
      digest,
      size: image.byteLength,
      mediaType: types.manifest,
      manifest: { kind: 'image', annotations: { who: 'image' } },
    });
    expect(fetched.bytes).toEqual(image);
    expect(looks).toMatchObject([
      { method: 'GET', url: `${server.url}/v2/acme/app/manifests/v1`, status: 200, bytes: image.byteLength, digest },
    ]);
    expect(server.seen[0]?.accept).toBe(
      'application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json',
    );
  });

  it('refuses other bytes than those of the digest, whatever the header claims', async () => {
    const { repository } = await serveRepository((_, response) =>
      response.writeHead(200, { 'content-type': types.manifest, 'docker-content-digest': digest }).end(manifestBytes()),
    );
    const { looks, onRequest } = recorder();
    expect(await failure(repository.fetchManifest(digest, { onRequest }))).toMatchObject({
      code: 'digest-mismatch',
      expected: digest,
    });
    expect(looks.at(-1)?.error).toBe('digest-mismatch');
  });

  it('checks a sha512 digest with sha512', async () => {
    const wanted = digestOf(image, 'sha512');
    const { repository } = await serveRepository(store([`manifests/${wanted}`, manifest(image)]));
    expect((await repository.fetchManifest(wanted)).digest).toBe(wanted);
  });

  it('asks nothing for a malformed digest or tag', async () => {
    const { server, repository } = await serveRepository(store());
    expect((await failure(repository.fetchManifest('sha256:xyz'))).code).toBe('invalid-digest');
    for (const tag of ['', '../x', 'a/b', '-x', 'a?b'])
      expect((await failure(repository.fetchManifest(tag))).code).toBe('invalid-reference');
    expect(server.seen).toEqual([]);
  });

  it.each([
    [404, 'not-found'],
    [403, 'denied'],
    [401, 'unauthorized'],
    [400, 'invalid-response'],
    [429, 'rate-limited'],
    [500, 'server-error'],
    [503, 'server-error'],
  ])('answers %i with %s', async (status, code) => {
    const { repository } = await serveRepository((_, response) =>
      response.writeHead(status, { 'retry-after': '600' }).end('{"errors":[{"code":"SOME_CODE","message":"x"}]}'),
    );
    expect(await failure(repository.fetchManifest('v1'))).toMatchObject({
      code,
      status,
      registryCodes: ['SOME_CODE'],
      retryAfterMs: 600_000,
    });
  });

  it('asks a content-addressed manifest once, and hashes it again before giving it out again', async () => {
    const { server, repository } = await serveRepository(store([`manifests/${digest}`, manifest(image)]));
    const first = await repository.fetchManifest(digest);
    const { looks, onRequest } = recorder();
    expect((await repository.fetchManifest(digest, { onRequest })).digest).toBe(digest);
    expect(server.seen).toHaveLength(1);
    expect(looks).toMatchObject([{ digest, note: 'cached' }]);
    first.bytes[0] = 0;
    expect((await repository.fetchManifest(digest)).bytes[0]).not.toBe(0);
    expect(server.seen).toHaveLength(2);
  });

  it('asks a tag every time', async () => {
    const { server, repository } = await serveRepository(store(['manifests/v1', manifest(image)]));
    await repository.fetchManifest('v1');
    await repository.fetchManifest('v1');
    expect(server.seen).toHaveLength(2);
  });

  it('stops at the cap, declared or not', async () => {
    const { repository } = await serveRepository((request, response) => {
      if (request.url.endsWith('/declared'))
        response.writeHead(200, { 'content-length': String(5 * 1024 * 1024) }).write('{');
      else {
        const more = (): void => {
          while (!response.destroyed && response.write(' '.repeat(65_536)));
        };
        response.on('drain', more);
        more();
      }
    });
    expect((await failure(repository.fetchManifest('declared'))).code).toBe('too-large');
    expect((await failure(repository.fetchManifest('endless'))).code).toBe('too-large');
    expect((await failure(repository.fetchManifest('endless', { maxBytes: 10 }))).code).toBe('too-large');
  });

  it('refuses an encoded answer', async () => {
    const { repository } = await serveRepository((_, response) =>
      response.writeHead(200, { 'content-type': types.manifest, 'content-encoding': 'gzip' }).end(gzipSync(image)),
    );
    expect((await failure(repository.fetchManifest('v1'))).code).toBe('invalid-response');
  });

  it('ends at its deadline and at the caller’s signal', async () => {
    const { repository } = await serveRepository(() => undefined);
    expect((await failure(repository.fetchManifest('v1', { timeoutMs: 50 }))).code).toBe('timeout');
    const controller = new AbortController();
    const pending = failure(repository.fetchManifest('v1', { signal: controller.signal }));
    controller.abort();
    expect((await pending).code).toBe('aborted');
  });
});

describe('fetchBlob', () => {
  const bytes = encode('the blob');
  const blob = descriptorOf(bytes, 'a/b');
  const stored: Stored = { bytes, type: 'application/octet-stream' };

  it('returns checked bytes, also empty ones', async () => {
    const empty = descriptorOf(new Uint8Array(0), 'a/b');
    const { repository } = await serveRepository(
      store([`blobs/${blob.digest}`, stored], [`blobs/${empty.digest}`, { bytes: new Uint8Array(0), type: 'a/b' }]),
    );
    expect(await repository.fetchBlob(blob)).toEqual(bytes);
    expect((await repository.fetchBlob(empty)).byteLength).toBe(0);
  });

  it.each([
    ['too long', encode('the blob!'), 'size-mismatch'],
    ['too short', encode('the blo'), 'size-mismatch'],
    ['other bytes', encode('the bloB'), 'digest-mismatch'],
  ])('refuses %s', async (_, wrong, code) => {
    const { repository } = await serveRepository(store([`blobs/${blob.digest}`, { ...stored, bytes: wrong }]));
    expect((await failure(repository.fetchBlob(blob))).code).toBe(code);
  });

  it('asks nothing for a descriptor over the cap or without a digest', async () => {
    const { server, repository } = await serveRepository(store());
    expect((await failure(repository.fetchBlob({ ...blob, size: 17 * 1024 * 1024 }))).code).toBe('too-large');
    expect((await failure(repository.fetchBlob(blob, { maxBytes: 7 }))).code).toBe('too-large');
    expect((await failure(repository.fetchBlob({ ...blob, digest: 'sha256:../../etc' }))).code).toBe('invalid-digest');
    expect(server.seen).toEqual([]);
  });

  it('takes embedded data only when it is the content', async () => {
    const { server, repository } = await serveRepository(store([`blobs/${blob.digest}`, stored]));
    const data = Buffer.from(bytes).toString('base64');
    expect(await repository.fetchBlob({ ...blob, data })).toEqual(bytes);
    expect(server.seen).toHaveLength(0);
    expect(await repository.fetchBlob({ ...blob, data: Buffer.from('the bloB').toString('base64') })).toEqual(bytes);
    expect(server.seen).toHaveLength(1);
  });

  it('never contacts the addresses in a descriptor (CVE-2020-15157)', async () => {
    const evil = await serve((_, response) => response.end(bytes));
    const { repository } = await serveRepository(store());
    expect((await failure(repository.fetchBlob({ ...blob, urls: [`${evil.url}/blob`] }))).code).toBe('not-found');
    expect(evil.seen).toEqual([]);
  });

  it('follows a redirect to storage without taking the credentials there', async () => {
    const storage = await serve((_, response) => response.end(bytes));
    const { server, repository } = await serveRepository(
      (_, response) => response.writeHead(307, { location: `${storage.url}/x?X-Amz-Signature=abc` }).end(),
      { credentials: { token: 'secret' } },
    );
    const { looks, onRequest } = recorder();
    expect(await repository.fetchBlob(blob, { onRequest })).toEqual(bytes);
    expect(server.seen[0]?.authorization).toBe('Bearer secret');
    expect(storage.seen.map((seen) => seen.authorization)).toEqual([undefined]);
    expect(JSON.stringify(looks)).not.toMatch(/abc|secret/);
  });
});

describe('scheme', () => {
  it('refuses plain http to other hosts, and allows it on request', async () => {
    const { server } = await serveRepository(store(['manifests/v1', manifest(image)]));
    // 0.0.0.0 is not a loopback address, yet it reaches this machine.
    const host = server.host.replace('127.0.0.1', '0.0.0.0');
    const strict = makeClient();
    const lax = makeClient({ insecureRegistries: [host] });
    onTestFinished(strict.close);
    onTestFinished(lax.close);
    expect((await failure(strict.repository(`${host}/acme/app`).fetchManifest('v1'))).code).toBe('insecure-http');
    expect((await lax.repository(`${host}/acme/app`).fetchManifest('v1')).digest).toBe(digest);
    expect(server.seen).toHaveLength(1);
  });
});

describe('createOciClient', () => {
  it('refuses unknown and malformed options without quoting them', () => {
    expect(() => makeClient({ insecure: true } as OciClientOptions)).toThrow(/unknown option "insecure"/);
    expect(() => makeClient({ credentials: { username: 'u', pass: 'hunter2' } as never })).toThrow(TypeError);
    expect(() => makeClient({ credentials: { username: 'u', pass: 'hunter2' } as never })).not.toThrow(/hunter2/);
    expect(() => makeClient({ timeoutMs: -1 })).toThrow(/timeoutMs/);
  });

  it('puts hand-made references through the grammar', () => {
    const client = openClient();
    expect(() => client.repository({ registry: 'example.com', repository: '../x' })).toThrow(
      expect.objectContaining({ code: 'invalid-reference' }),
    );
    expect(client.repository('ubuntu').name).toBe('index.docker.io/library/ubuntu');
  });
});
