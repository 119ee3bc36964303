import { request } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { digestOf, EMPTY_CONFIG, type FakeRegistry, MEDIA_TYPE, manifestOf, startRegistry } from '../index.ts';

let registry: FakeRegistry;
afterEach(async () => registry.close());

const layer = { bytes: Buffer.from('hello, layer'), mediaType: 'text/plain' };
const manifest = manifestOf(EMPTY_CONFIG, [layer]);
const digest = digestOf(manifest);

async function start(options: Parameters<typeof startRegistry>[0] = {}): Promise<string> {
  registry = await startRegistry(options);
  registry.putBlob('acme/app', layer.bytes);
  registry.putManifest('acme/app', manifest, MEDIA_TYPE.manifest, 'v1');
  return `${registry.url}/v2/acme/app`;
}

test('answers the ping', async () => {
  await start();
  const answer = await fetch(`${registry.url}/v2/`);
  expect(answer.status).toBe(200);
  expect(await answer.json()).toEqual({});
});

test.each(['v1', digest])('serves a manifest by %s', async (name) => {
  const base = await start();
  const answer = await fetch(`${base}/manifests/${name}`);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toBe(MEDIA_TYPE.manifest);
  expect(answer.headers.get('docker-content-digest')).toBe(digest);
  expect(Buffer.from(await answer.arrayBuffer())).toEqual(manifest);
});

test('answers HEAD with the headers of GET and no body', async () => {
  const base = await start();
  for (const path of ['manifests/v1', `blobs/${digestOf(layer.bytes)}`]) {
    const [head, get] = [await fetch(`${base}/${path}`, { method: 'HEAD' }), await fetch(`${base}/${path}`)];
    for (const name of ['content-length', 'content-type', 'docker-content-digest']) {
      expect(head.headers.get(name)).toBe(get.headers.get(name));
    }
    expect(await head.text()).toBe('');
    await get.arrayBuffer();
  }
  expect(registry.requests.map(({ bytes }) => bytes)).toEqual([0, manifest.length, 0, layer.bytes.length]);
});

test.each([
  ['manifests/v2', 404, 'MANIFEST_UNKNOWN'],
  [`blobs/${digestOf(Buffer.from('no'))}`, 404, 'BLOB_UNKNOWN'],
  ['referrers/sha256:xyz', 400, 'DIGEST_INVALID'],
  ['tags/list?n=-1', 400, 'UNSUPPORTED'],
  ['nonsense/x', 404, 'NOT_FOUND'],
  ['manifests/%', 404, 'NOT_FOUND'],
])('refuses %s with %i %s', async (path, status, code) => {
  const base = await start();
  const answer = await fetch(`${base}/${path}`);
  expect(answer.status).toBe(status);
  expect(await answer.json()).toMatchObject({ errors: [{ code }] });
});

test('knows no repository that nothing was put in', async () => {
  await start();
  const answer = await fetch(`${registry.url}/v2/acme/other/tags/list`);
  expect(await answer.json()).toMatchObject({ errors: [{ code: 'NAME_UNKNOWN' }] });
});

test('is read-only over the network', async () => {
  const base = await start();
  expect((await fetch(`${base}/manifests/v1`, { method: 'PUT', body: '{}' })).status).toBe(405);
});

test.each([
  ['bytes=0-4', 206, 'hello', 'bytes 0-4/12'],
  ['bytes=7-', 206, 'layer', 'bytes 7-11/12'],
  ['bytes=-5', 206, 'layer', 'bytes 7-11/12'],
  ['bytes=7-99', 206, 'layer', 'bytes 7-11/12'],
  ['bytes=5-2', 200, 'hello, layer', null],
  ['lines=1-2', 200, 'hello, layer', null],
])('sends %s of a blob', async (range, status, text, contentRange) => {
  const base = await start();
  const answer = await fetch(`${base}/blobs/${digestOf(layer.bytes)}`, { headers: { range } });
  expect(answer.status).toBe(status);
  expect(answer.headers.get('content-range')).toBe(contentRange);
  expect(await answer.text()).toBe(text);
});

test('refuses a range beyond the end, and ignores ranges when told to', async () => {
  const base = await start();
  const blob = `${base}/blobs/${digestOf(layer.bytes)}`;
  const beyond = await fetch(blob, { headers: { range: 'bytes=12-' } });
  expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, 'bytes */12']);
  registry.configure({ ranges: false });
  expect((await fetch(blob, { headers: { range: 'bytes=12-' } })).status).toBe(200);
});

test('stores sha512 content', async () => {
  const base = await start();
  const long = registry.putManifest('acme/app', manifest, MEDIA_TYPE.manifest, 'long', 'sha512');
  expect(long).toBe(digestOf(manifest, 'sha512'));
  expect((await fetch(`${base}/manifests/long`)).headers.get('docker-content-digest')).toBe(long);
});

test('moves, tampers with and removes what it holds', async () => {
  const base = await start();
  const other = registry.putManifest('acme/app', manifestOf(EMPTY_CONFIG, []), MEDIA_TYPE.manifest);
  registry.tag('acme/app', 'v1', other);
  expect((await fetch(`${base}/manifests/v1`)).headers.get('docker-content-digest')).toBe(other);
  registry.tamper('acme/app', other, Buffer.from('{}'));
  expect(await (await fetch(`${base}/manifests/${other}`)).text()).toBe('{}');
  registry.remove('acme/app', other);
  expect((await fetch(`${base}/manifests/v1`)).status).toBe(404);
});

test('asks for an Accept that names the type when strict, as distribution 2.8', async () => {
  const base = await start({ strictAccept: true });
  expect((await fetch(`${base}/manifests/v1`)).status).toBe(404);
  expect((await fetch(`${base}/manifests/v1`, { headers: { accept: MEDIA_TYPE.manifest } })).status).toBe(200);
});

test('takes as long as it is told', async () => {
  const base = await start({ delayMs: ({ route }) => (route === 'tags' ? 40 : 0) });
  await (await fetch(`${base}/tags/list`)).text();
  const [{ startedAt, endedAt = 0 } = { startedAt: 0 }] = registry.requests;
  expect(endedAt - startedAt).toBeGreaterThanOrEqual(35); // timers may fire a little early
});

test('survives paths that are no URL', async () => {
  await start();
  const status = await new Promise<number | undefined>((resolve, reject) => {
    request({ host: '127.0.0.1', port: new URL(registry.url).port, path: '//[' }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    })
      .once('error', reject)
      .end();
  });
  expect(status).toBe(404);
});

test('refuses options it does not know', async () => {
  await start();
  // @ts-expect-error: a misspelt option
  await expect(startRegistry({ referersApi: false })).rejects.toMatchObject({
    name: 'TypeError',
    code: 'unknown-option',
    message: 'startRegistry: unknown option "referersApi"; did you mean referrersApi?',
  });
  expect(() => registry.configure({ pageSize: 0 })).toThrow(TypeError);
});

test('closes with connections open, twice, and takes a given port', async () => {
  await start();
  registry.fail({ fault: { kind: 'hang' } });
  const waiting = fetch(`${registry.url}/v2/`);
  const refused = expect(waiting).rejects.toThrow();
  await expect.poll(() => registry.requests.length).toBe(1);
  await registry.close();
  await registry.close();
  await refused;
  const port = Number(new URL(registry.url).port);
  await using again = await startRegistry({ port });
  expect(again.host).toBe(`127.0.0.1:${port}`);
});
