import { get, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  digestOf,
  EMPTY_CONFIG,
  type FakeRegistry,
  type Fault,
  MEDIA_TYPE,
  manifestOf,
  startRegistry,
} from '../index.ts';

const manifest = manifestOf(EMPTY_CONFIG, []);
const digest = digestOf(manifest);

let registry: FakeRegistry;
beforeEach(async () => {
  registry = await startRegistry();
  registry.putManifest('a/b', manifest, MEDIA_TYPE.manifest, 'v1');
});
afterEach(async () => registry.close());

interface RawAnswer {
  readonly status: number | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  /** Code of the error that cut the body. */
  readonly cut?: string;
}

/** A GET without any help: bytes as sent, redirects as answers; stops at `maxBytes`. */
async function raw(path = '/v2/a/b/manifests/v1', maxBytes = Number.POSITIVE_INFINITY): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    get(new URL(path, registry.url), { agent: false }, (answer) => {
      const { statusCode: status, headers } = answer;
      const chunks: Buffer[] = [];
      let size = 0;
      const done = (cut?: string): void =>
        resolve({ status, headers, body: Buffer.concat(chunks), ...(cut === undefined ? {} : { cut }) });
      answer.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size >= maxBytes) {
          done();
          answer.destroy();
        }
      });
      answer.once('end', () => done());
      answer.once('error', (error: NodeJS.ErrnoException) => done(error.code ?? error.message));
    }).once('error', reject);
  });
}

async function rawWith(fault: Fault, maxBytes?: number): Promise<RawAnswer> {
  registry.fail({ route: 'manifest', fault });
  return raw(undefined, maxBytes);
}

describe('faults', () => {
  test('status, with Retry-After, body and headers', async () => {
    const plain = await rawWith({ kind: 'status', status: 429, retryAfter: 7, headers: { 'X-Why': 'told' } });
    expect(plain).toMatchObject({ status: 429, headers: { 'retry-after': '7', 'x-why': 'told' } });
    expect(JSON.parse(plain.body.toString())).toMatchObject({ errors: [{ code: 'TOOMANYREQUESTS' }] });
    registry.clearFaults();
    expect((await rawWith({ kind: 'status', status: 500, body: 'oops' })).body.toString()).toBe('oops');
  });

  test('reset before headers', async () => {
    await expect(rawWith({ kind: 'reset' })).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(registry.requests[0]).toMatchObject({ status: 0, bytes: 0, fault: 'reset' });
  });

  test('no listener: on command, and from the request on that a rule strikes', async () => {
    await registry.refuseConnections();
    await registry.refuseConnections();
    await expect(raw()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await registry.acceptConnections();
    await registry.acceptConnections();
    expect((await raw()).status).toBe(200);
    registry.fail({ fault: { kind: 'refuse' }, skip: 1 });
    expect((await raw()).status).toBe(200);
    await expect(raw()).rejects.toMatchObject({ code: 'ECONNRESET' });
    await expect(raw()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(registry.requests.map(({ fault }) => fault)).toEqual([undefined, undefined, 'refuse']);
    registry.clearFaults();
    await registry.acceptConnections();
    expect((await raw()).status).toBe(200);
  });

  test('reset in the middle of the body', async () => {
    const answer = await rawWith({ kind: 'reset-mid-body', afterBytes: 10 });
    expect(answer).toMatchObject({ status: 200, cut: 'ECONNRESET', body: manifest.subarray(0, 10) });
    expect(registry.requests[0]?.bytes).toBe(10);
  });

  test('drip, to the end and abandoned', async () => {
    const { body } = await rawWith({ kind: 'drip', everyMs: 1 });
    expect(body).toEqual(manifest);
    const [{ startedAt, endedAt = 0 } = { startedAt: 0 }] = registry.requests;
    expect(endedAt - startedAt).toBeGreaterThan(manifest.length * 0.9);
    expect((await raw(undefined, 5)).body.length).toBeLessThan(manifest.length);
    await expect.poll(() => registry.requests[1]?.endedAt).toBeDefined();
  });

  test('endless body, without a length', async () => {
    const { headers, body } = await rawWith({ kind: 'endless' }, 1_000_000);
    expect(headers['content-length']).toBeUndefined();
    expect(body.subarray(0, manifest.length)).toEqual(manifest);
    expect(body.length).toBeGreaterThanOrEqual(1_000_000);
    await expect.poll(() => registry.requests[0]?.endedAt).toBeDefined(); // stops with the client
  });

  test.each<[string, Fault, number]>([
    ['by more', { kind: 'content-length', by: 5 }, manifest.length + 5],
    ['by a lot', { kind: 'content-length', length: 999_999_999 }, 999_999_999],
  ])('Content-Length that promises too much, %s', async (_, fault, promised) => {
    const { headers, body, cut } = await rawWith(fault);
    expect([headers['content-length'], cut]).toEqual([String(promised), 'ECONNRESET']);
    expect(body).toEqual(manifest);
  });

  test('Content-Length that promises too little, with the whole body after it', async () => {
    registry.fail({ fault: { kind: 'content-length', by: -5 } });
    // Any HTTP client trips over this one, so look at the bytes.
    const chunks: Buffer[] = [];
    const socket = connect(Number(new URL(registry.url).port), '127.0.0.1');
    socket.write('GET /v2/a/b/manifests/v1 HTTP/1.1\r\nHost: x\r\n\r\n');
    for await (const chunk of socket as AsyncIterable<Buffer>) chunks.push(chunk);
    const [head = '', body] = Buffer.concat(chunks).toString().split('\r\n\r\n');
    expect(head.toLowerCase()).toContain(`content-length: ${manifest.length - 5}\r\n`);
    expect(body).toBe(manifest.toString());
  });

  test('wrong bytes under the right headers', async () => {
    const { headers, body } = await rawWith({ kind: 'wrong-bytes' });
    expect(headers['docker-content-digest']).toBe(digest);
    expect(body).toHaveLength(manifest.length);
    expect(digestOf(body)).not.toBe(digest);
  });

  test('another body', async () => {
    expect((await rawWith({ kind: 'body', body: '{}' })).body.toString()).toBe('{}');
  });

  test('HTML', async () => {
    expect((await rawWith({ kind: 'html' })).headers['content-type']).toBe('text/html; charset=utf-8');
  });

  test.each([['text/plain'], [undefined]])('Content-Type %s', async (contentType) => {
    const { headers, body } = await rawWith({ kind: 'content-type', contentType });
    expect(headers['content-type']).toBe(contentType);
    expect(body).toEqual(manifest);
  });

  test('gzip, once and many times', async () => {
    const once = await rawWith({ kind: 'gzip' });
    expect(once.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(once.body)).toEqual(manifest);
    registry.clearFaults();
    expect((await rawWith({ kind: 'gzip', times: 100 })).headers['content-encoding']?.split(', ')).toHaveLength(100);
  });

  test('redirect', async () => {
    const answer = await rawWith({ kind: 'redirect', location: 'http://127.0.0.1:1/x', status: 302 });
    expect(answer).toMatchObject({ status: 302, headers: { location: 'http://127.0.0.1:1/x' } });
  });

  test('redirect loop', async () => {
    registry.fail({ fault: { kind: 'redirect-loop' } });
    const { status, headers } = await raw('/v2/a/b/tags/list?n=1');
    expect([status, headers.location]).toEqual([307, '/v2/a/b/tags/list?n=1']);
    await expect(fetch(`${registry.url}/v2/`)).rejects.toThrow();
    expect(registry.requests.length).toBeGreaterThan(10);
  });

  test.each([[`sha256:${'0'.repeat(64)}`], [undefined]])('Docker-Content-Digest %s', async (wrong) => {
    expect((await rawWith({ kind: 'digest-header', digest: wrong })).headers['docker-content-digest']).toBe(wrong);
  });

  test('any header', async () => {
    const { headers } = await rawWith({
      kind: 'headers',
      headers: { Link: '<//evil.test/>; rel="next"', 'Content-Type': undefined },
    });
    expect(headers['link']).toBe('<//evil.test/>; rel="next"');
    expect(headers['content-type']).toBeUndefined();
  });

  test('empty 200', async () => {
    registry.fail({ route: 'blob', fault: { kind: 'empty' } });
    const { status, headers, body } = await raw(`/v2/a/b/blobs/sha256:${'0'.repeat(64)}`);
    expect([status, headers['content-length'], body.length]).toEqual([200, '0', 0]);
  });

  test('hang', async () => {
    registry.fail({ fault: { kind: 'hang' } });
    const signal = AbortSignal.timeout(50);
    await expect(fetch(`${registry.url}/v2/`, { signal })).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  test.each<Fault>([
    { kind: 'endless' },
    { kind: 'drip', everyMs: 1 },
    { kind: 'content-length', by: 3 },
    { kind: 'gzip' },
  ])('answer HEAD all the same: %o', async (fault) => {
    registry.fail({ fault });
    const status = await new Promise((resolve, reject) => {
      request(`${registry.url}/v2/a/b/manifests/v1`, { method: 'HEAD', agent: false }, (answer) => {
        answer.resume().once('end', () => resolve(answer.statusCode));
      })
        .once('error', reject)
        .end();
    });
    expect(status).toBe(200);
  });
});
