import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  descriptorOf,
  failure,
  indexBytes,
  manifestBytes,
  recorder,
  type Route,
  types,
} from '../../test/fake-registry.ts';
import { serveRepository } from '../../test/setting.ts';
import { digestHex, digestOf, fallbackTag, openLayout, type Referrers, type Repository } from '../index.ts';

const serve = async (route: Route): Promise<Repository> => (await serveRepository(route, { retries: 0 })).repository;

const image = manifestBytes({ annotations: { who: 'image' } });
const digest = digestOf(image);
const entry = (n: number): object => descriptorOf(manifestBytes({ annotations: { n: String(n) } }), types.manifest);
const entries = (count: number): readonly object[] => Array.from({ length: count }, (_, n) => entry(n));
const isApi = (url: string): boolean => url.includes('/referrers/');
const pageOf = (url: string): number => Number(new URL(url, 'http://x').searchParams.get('page') ?? 1);
const answers = ({ looked }: Referrers): unknown =>
  looked.map(({ carrier, answer, error }) => [carrier, answer, error?.code]);

describe('a list that is read in part', () => {
  it('keeps the pages before the one that failed', async () => {
    const repository = await serve(({ url }, response) => {
      if (!isApi(url)) return response.writeHead(404).end();
      if (pageOf(url) === 3) return response.writeHead(429, { 'retry-after': '7' }).end();
      return response
        .writeHead(200, { 'content-type': types.index, link: `<?page=${pageOf(url) + 1}>; rel="next"` })
        .end(indexBytes([entry(pageOf(url))]));
    });
    const { looks, onRequest } = recorder();
    const found = await repository.listReferrers(digest, { partial: true, onRequest });
    expect(found.referrers).toHaveLength(2);
    expect(answers(found)).toEqual([['referrers-api', 'unknown', 'rate-limited']]);
    expect(found.looked[0]?.error).toMatchObject({ retryAfterMs: 7000 });
    expect(looks.at(-1)?.error).toBe('rate-limited');
    expect((await failure(repository.listReferrers(digest))).code).toBe('rate-limited');
  });

  it.each([
    ['entries', (page: number) => (page === 1 ? entries(1200) : [])],
    ['pages', (page: number) => [entry(page)]],
  ])('is cut at too many %s', async (_, listed) => {
    const repository = await serve(({ url }, response) =>
      response
        .writeHead(200, { 'content-type': types.index, link: `<?page=${pageOf(url) + 1}>; rel="next"` })
        .end(indexBytes(listed(pageOf(url)))),
    );
    const found = await repository.listReferrers(digest, { partial: true, lists: 'referrers-api' });
    expect(answers(found)).toEqual([['referrers-api', 'unknown', 'too-large']]);
    expect(found.referrers).toHaveLength(Math.min(1000, listed(1).length * 50));
  });

  it('is cut under the fallback tag too', async () => {
    const repository = await serve(({ url }, response) => {
      if (isApi(url)) response.writeHead(404).end();
      else response.writeHead(200, { 'content-type': types.index }).end(indexBytes(entries(1001)));
    });
    const found = await repository.listReferrers(digest, { partial: true });
    expect(answers(found)).toEqual([
      ['referrers-api', 'unsupported', undefined],
      ['fallback-tag', 'unknown', 'too-large'],
    ]);
    expect(found.referrers).toHaveLength(1000);
  });

  it('is unknown if a web page is served instead, and the other list is read all the same', async () => {
    const repository = await serve(({ url }, response) => {
      if (isApi(url)) response.writeHead(200, { 'content-type': 'text/html' }).end('<html>');
      else response.writeHead(200, { 'content-type': types.index }).end(indexBytes([entry(1)]));
    });
    const found = await repository.listReferrers(digest, { partial: true });
    expect(answers(found)).toEqual([
      ['referrers-api', 'unknown', 'invalid-response'],
      ['fallback-tag', 'found', undefined],
    ]);
    expect(found.referrers).toHaveLength(1);
  });

  it('has its entries as they are listed, without a request for each', async () => {
    let requests = 0;
    const repository = await serve(({ url }, response) => {
      requests += 1;
      if (isApi(url)) response.writeHead(404).end();
      else response.writeHead(200, { 'content-type': types.index }).end(indexBytes(entries(40)));
    });
    expect((await repository.listReferrers(digest, { partial: true })).referrers[0]?.descriptor).toEqual(entry(0));
    expect(requests).toBe(2);
  });
});

describe('one list alone', () => {
  it.each([
    ['referrers-api', 1],
    ['fallback-tag', 1],
  ] as const)('%s is asked, and the other is not', async (lists, requests) => {
    const seen: string[] = [];
    const repository = await serve(({ url }, response) => {
      seen.push(url);
      response.writeHead(200, { 'content-type': types.index }).end(indexBytes([]));
    });
    const found = await repository.listReferrers(digest, { lists });
    expect(answers(found)).toEqual([[lists, 'absent', undefined]]);
    expect([seen.length, isApi(seen[0] ?? '')]).toEqual([requests, lists === 'referrers-api']);
  });
});

describe('a 404', () => {
  it.each([
    ['in the words of the specification', 'application/json', '{"errors":[{"code":"MANIFEST_UNKNOWN"}]}', 'absent'],
    ['without a body', undefined, '', 'absent'],
    ['in plain text', 'text/plain', '404 page not found', 'absent'],
    ['that is a web page', 'text/html; charset=utf-8', '<title>404</title>', 'invalid-response'],
    ['that is a web page by its body', 'application/octet-stream', '\n<!DOCTYPE html><p>no', 'invalid-response'],
    ['that hides', 'application/json', '{"errors":[{"code":"UNAUTHORIZED"}]}', 'unauthorized'],
    ['that denies', 'application/json', '{"errors":[{"code":"DENIED"}]}', 'denied'],
    ['that throttles', 'application/json', '{"errors":[{"code":"TOOMANYREQUESTS"}]}', 'rate-limited'],
  ])('%s', async (_, type, body, expected) => {
    const repository = await serve((_request, response) =>
      response.writeHead(404, type === undefined ? {} : { 'content-type': type }).end(body),
    );
    const found = await repository.listReferrers(digest, { partial: true });
    expect(answers(found)).toEqual([
      expected === 'absent' ? ['referrers-api', 'unsupported', undefined] : ['referrers-api', 'unknown', expected],
      expected === 'absent' ? ['fallback-tag', 'absent', undefined] : ['fallback-tag', 'unknown', expected],
    ]);
    expect((await failure(repository.fetchManifest('v1'))).code).toBe(expected === 'absent' ? 'not-found' : expected);
  });
});

describe('a layout that is read in part', () => {
  async function layout(listed: readonly object[], blobs: readonly Uint8Array[]): Promise<string> {
    const directory = await mkdtemp(join(tmpdir(), 'layout-'));
    onTestFinished(() => rm(directory, { recursive: true, force: true }));
    await mkdir(join(directory, 'blobs', 'sha256'), { recursive: true });
    await writeFile(join(directory, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
    await writeFile(join(directory, 'index.json'), indexBytes(listed));
    for (const blob of blobs) await writeFile(join(directory, 'blobs', 'sha256', digestHex(digestOf(blob))), blob);
    return directory;
  }
  const subject = descriptorOf(image, types.manifest);
  const referrer = manifestBytes({ artifactType: types.bundle, subject });

  it('keeps what the search finds when a list is missing', async () => {
    for (const [annotations, expected] of [
      [{ 'org.olareg.referrer.subject': digest }, ['unknown', 'absent']],
      [{ 'org.opencontainers.image.ref.name': fallbackTag(digest) }, ['found', 'unknown']],
    ] as const) {
      const directory = await layout([descriptorOf(indexBytes([]), types.index, { annotations })], [image, referrer]);
      const found = await openLayout(directory).listReferrers(digest, { partial: true });
      expect(found.referrers.map(({ descriptor }) => descriptor.digest)).toEqual([digestOf(referrer)]);
      expect(found.looked.map(({ answer }) => answer)).toEqual(expected);
    }
  });

  it('is cut at 1 000 entries', async () => {
    const list = indexBytes(entries(1001));
    const annotations = { 'org.olareg.referrer.subject': digest };
    const directory = await layout([descriptorOf(list, types.index, { annotations })], [image, list]);
    const found = await openLayout(directory).listReferrers(digest, { partial: true });
    expect(found.referrers).toHaveLength(1000);
    expect(answers(found)).toEqual([
      ['layout', 'unknown', 'too-large'],
      ['fallback-tag', 'absent', undefined],
    ]);
    expect((await failure(openLayout(directory).listReferrers(digest))).code).toBe('too-large');
  });
});

it('a manifest may list more than a reader will take, up to its size', async () => {
  const layers = Array.from({ length: 1500 }, (_, n) => entry(n));
  const bytes = manifestBytes({ layers });
  const repository = await serve((_, response) =>
    response.writeHead(200, { 'content-type': types.manifest }).end(bytes),
  );
  const { manifest } = await repository.fetchManifest('v1');
  expect(manifest.kind === 'image' && manifest.layers.length).toBe(1500);
});
