import { describe, expect, it } from 'vitest';
import {
  descriptorOf,
  encode,
  failure,
  indexBytes,
  manifestBytes,
  type Route,
  serveMap,
  type Stored,
  types,
} from '../../test/fake-registry.ts';
import { serveRepository } from '../../test/setting.ts';
import { type Digest, digestOf, fallbackTag, type Referrers } from '../index.ts';

const image = manifestBytes({ annotations: { who: 'image' } });
const digest = digestOf(image);
const store = (...entries: readonly (readonly [string, Stored])[]): Route =>
  serveMap(new Map(entries.map(([path, stored]) => [`acme/app/${path}`, stored])));
const manifest = (bytes: Uint8Array, type: string = types.manifest): Stored => ({ bytes, type });

describe('listReferrers', () => {
  const bundle = (n: number): { mediaType: string; digest: Digest; size: number } =>
    descriptorOf(manifestBytes({ annotations: { n: String(n) } }), types.manifest, { artifactType: types.bundle });
  const api = `referrers/${digest}`;
  const tag = `manifests/${fallbackTag(digest)}`;

  it('asks the API', async () => {
    const { server, repository } = await serveRepository(
      store([api, manifest(indexBytes([bundle(1), bundle(2), bundle(1)]), types.index)]),
    );
    const found = await repository.listReferrers(digest);
    expect(found.referrers.map((referrer) => [referrer.carrier, referrer.descriptor.digest])).toEqual([
      ['referrers-api', bundle(1).digest],
      ['referrers-api', bundle(2).digest],
    ]);
    expect(found.looked).toEqual([{ carrier: 'referrers-api', answer: 'found' }]);
    expect(server.seen).toHaveLength(1);
  });

  it('asks the fallback tag, too, if the API lists nothing', async () => {
    const { repository } = await serveRepository(
      store([api, manifest(indexBytes([]), types.index)], [tag, manifest(indexBytes([bundle(1)]), types.index)]),
    );
    const found = await repository.listReferrers(digest);
    expect(found.referrers).toMatchObject([{ carrier: 'fallback-tag', descriptor: { artifactType: types.bundle } }]);
    expect(found.looked).toEqual([
      { carrier: 'referrers-api', answer: 'absent' },
      { carrier: 'fallback-tag', answer: 'found' },
    ]);
  });

  it.each([400, 404, 405, 406, 501])('takes %i for a registry without the API', async (status) => {
    const { repository } = await serveRepository((request, response) =>
      response.writeHead(request.url.includes('/referrers/') ? status : 404).end('404 page not found'),
    );
    expect(await repository.listReferrers(digest)).toEqual({
      referrers: [],
      looked: [
        { carrier: 'referrers-api', answer: 'unsupported' },
        { carrier: 'fallback-tag', answer: 'absent' },
      ],
    });
  });

  it.each([
    ['a web page', 'text/html', '<html>'],
    ['some JSON', 'application/json', '{"hello":1}'],
    ['an image', types.manifest, Buffer.from(image).toString()],
  ])('takes %s for a registry without the API', async (_, type, body) => {
    const { repository } = await serveRepository((request, response) => {
      if (request.url.includes('/referrers/')) response.writeHead(200, { 'content-type': type }).end(body);
      else response.writeHead(404).end();
    });
    expect((await repository.listReferrers(digest)).looked[0]).toEqual({
      carrier: 'referrers-api',
      answer: 'unsupported',
    });
  });

  it.each([
    [401, 'unauthorized'],
    [403, 'denied'],
    [429, 'rate-limited'],
    [500, 'server-error'],
    [502, 'server-error'],
  ])('never takes %i for "none"', async (status, code) => {
    for (const where of ['/referrers/', '/manifests/']) {
      const { repository } = await serveRepository((request, response) =>
        response.writeHead(request.url.includes(where) ? status : 404).end(),
      );
      expect((await failure(repository.listReferrers(digest))).code).toBe(code);
    }
  });

  it('reads a Content-Type with parameters, and a plain JSON one when the body says it is an index', async () => {
    for (const type of [`${types.index}; charset=utf-8`, 'application/json']) {
      const { repository } = await serveRepository(store([api, manifest(indexBytes([bundle(1)]), type)]));
      expect((await repository.listReferrers(digest)).referrers).toHaveLength(1);
    }
  });

  it('refuses a malformed list', async () => {
    const bad = await serveRepository(
      store([api, manifest(encode('{"schemaVersion":2,"manifests":[{}]}'), types.index)]),
    );
    expect((await failure(bad.repository.listReferrers(digest))).code).toBe('invalid-response');
  });

  it.each<[string, Uint8Array, string, Digest]>([
    ['an image', image, types.manifest, digest],
    // Its entries are the manifests of its platforms, not what refers to it.
    ['an index', indexBytes([bundle(1)]), types.index, digestOf(indexBytes([bundle(1)]))],
    ['an image with a sha512 digest', image, types.manifest, digestOf(image, 'sha512')],
  ])(
    'takes a fallback tag that answers with the subject itself for "nothing here": %s',
    async (_, bytes, type, own) => {
      const { repository } = await serveRepository(store([`manifests/${fallbackTag(own)}`, manifest(bytes, type)]));
      for (const partial of [false, true])
        expect(await repository.listReferrers(own, { partial })).toEqual({
          referrers: [],
          looked: [
            { carrier: 'referrers-api', answer: 'unsupported' },
            { carrier: 'fallback-tag', answer: 'absent' },
          ],
        });
    },
  );

  it('refuses a fallback tag that answers with another image', async () => {
    const stranger = manifestBytes({ annotations: { who: 'stranger' } });
    const { repository } = await serveRepository(store([tag, manifest(stranger)]));
    expect((await failure(repository.listReferrers(digest))).code).toBe('invalid-response');
  });

  it('follows pages', async () => {
    const { repository } = await serveRepository((request, response) => {
      const page = Number(new URL(request.url, 'http://x').searchParams.get('page') ?? 1);
      if (page < 3) response.setHeader('link', `</v2/acme/app/${api}?page=${page + 1}>; rel=next`);
      response.writeHead(200, { 'content-type': types.index }).end(indexBytes([bundle(page)]));
    });
    expect((await repository.listReferrers(digest)).referrers).toHaveLength(3);
  });

  it.each<[string, (page: number) => string, object[], string]>([
    ['a loop of pages', (page) => `?page=${page % 3}`, [], 'invalid-response'],
    ['endless pages', (page) => `?page=${page + 1}`, [], 'too-large'],
    [
      'endless descriptors',
      (page) => `?page=${page + 1}`,
      Array.from({ length: 400 }, (_, n) => bundle(n)),
      'too-large',
    ],
    ['a page elsewhere', () => 'http://127.0.0.2:1/v2/x', [], 'blocked-redirect'],
    ['a page of another repository', () => `/v2/acme/other/${api}`, [], 'blocked-redirect'],
  ])('stops at %s', async (_, link, entries, code) => {
    const { server, repository } = await serveRepository((request, response) => {
      const page = Number(new URL(request.url, 'http://x').searchParams.get('page') ?? 1);
      response
        .writeHead(200, { 'content-type': types.index, link: `<${link(page)}>; rel="next"` })
        .end(indexBytes(entries));
    });
    expect((await failure(repository.listReferrers(digest))).code).toBe(code);
    expect(server.seen.length).toBeLessThanOrEqual(50);
  });

  it('does not take a missing second page for the end', async () => {
    const { repository } = await serveRepository((request, response) => {
      if (request.url.includes('page=2')) response.writeHead(404).end();
      else
        response
          .writeHead(200, { 'content-type': types.index, link: '<?page=2>; rel="next"' })
          .end(indexBytes([bundle(1)]));
    });
    expect((await failure(repository.listReferrers(digest))).code).toBe('invalid-response');
  });

  it('completes old fallback entries from their manifests, and keeps those it cannot read', async () => {
    const subject = { mediaType: types.manifest, digest, size: image.byteLength };
    const old = manifestBytes({
      artifactType: types.bundle,
      subject,
      annotations: { 'dev.sigstore.bundle.content': 'dsse-envelope' },
    });
    const entries = [descriptorOf(old, types.manifest), descriptorOf(manifestBytes({ gone: 1 }), types.manifest)];
    const { repository } = await serveRepository(
      store([tag, manifest(indexBytes(entries), types.index)], [`manifests/${digestOf(old)}`, manifest(old)]),
    );
    const { referrers } = await repository.listReferrers(digest);
    expect(referrers[0]?.descriptor).toMatchObject({
      artifactType: types.bundle,
      annotations: { 'dev.sigstore.bundle.content': 'dsse-envelope' },
    });
    expect(referrers[1]?.descriptor).toEqual(entries[1]);
  });
});

describe('listReferrers with a filter', () => {
  const tag = `manifests/${fallbackTag(digest)}`;
  const subject = { mediaType: types.manifest, digest, size: image.byteLength };
  const sbom = manifestBytes({ artifactType: 'text/spdx', subject });
  const slsa = manifestBytes({ artifactType: types.bundle, subject, annotations: { predicate: 'slsa' } });
  const vsa = manifestBytes({ artifactType: types.bundle, subject, annotations: { predicate: 'vsa' } });
  const all = [sbom, slsa, vsa];
  const bare = all.map((bytes) => descriptorOf(bytes, types.manifest));
  const full = [
    { ...bare[0], artifactType: 'text/spdx' },
    { ...bare[1], artifactType: types.bundle, annotations: { predicate: 'slsa' } },
    { ...bare[2], artifactType: types.bundle, annotations: { predicate: 'vsa' } },
  ];
  const manifests = all.map((bytes): [string, Stored] => [`manifests/${digestOf(bytes)}`, manifest(bytes)]);
  const digests = (found: Referrers): unknown => found.referrers.map(({ descriptor }) => descriptor.digest);

  it('tells the registry, and filters what it sends all the same', async () => {
    const { repository, server } = await serveRepository((_, response) =>
      response.setHeader('content-type', types.index).end(indexBytes(full)),
    );
    expect(digests(await repository.listReferrers(digest, { artifactType: types.bundle }))).toEqual(
      [slsa, vsa].map((bytes) => digestOf(bytes)),
    );
    expect(server.seen[0]?.url).toContain(`?artifactType=${encodeURIComponent(types.bundle)}`);
    expect(
      digests(
        await repository.listReferrers(digest, { artifactType: types.bundle, annotations: { predicate: 'vsa' } }),
      ),
    ).toEqual([digestOf(vsa)]);
  });

  it('completes entries of a fallback tag as far as the filter needs', async () => {
    const half = [
      { ...bare[1], artifactType: types.bundle },
      { ...bare[2], artifactType: types.bundle },
    ];
    for (const [entries, options, expected, reads] of [
      [bare, { artifactType: types.bundle }, [slsa, vsa], 3],
      [half, { artifactType: types.bundle }, [slsa, vsa], 0],
      [half, { annotations: { predicate: 'vsa' } }, [vsa], 2],
      [half, { artifactType: 'text/spdx', annotations: { predicate: 'vsa' } }, [], 0],
    ] as const) {
      const { repository, server } = await serveRepository(
        store([tag, manifest(indexBytes(entries), types.index)], ...manifests),
      );
      expect(digests(await repository.listReferrers(digest, options))).toEqual(
        expected.map((bytes) => digestOf(bytes)),
      );
      expect(server.seen.length).toBe(2 + reads);
    }
  });

  it('reads what the API lists by the type of an empty configuration, as go-containerregistry’s registry does', async () => {
    const listed = bare.map((entry) => ({ ...entry, artifactType: 'application/vnd.oci.empty.v1+json' }));
    const { repository } = await serveRepository(
      store(
        [
          `referrers/${digest}?artifactType=${encodeURIComponent(types.bundle)}`,
          manifest(indexBytes(listed), types.index),
        ],
        ...manifests,
      ),
    );
    expect(digests(await repository.listReferrers(digest, { artifactType: types.bundle }))).toEqual(
      [slsa, vsa].map((bytes) => digestOf(bytes)),
    );
  });

  it('leaves out manifests that name a different subject, with a warning', async () => {
    const other = manifestBytes({ artifactType: types.bundle, subject: { ...subject, digest: digestOf(sbom) } });
    const warnings: string[] = [];
    const { repository } = await serveRepository(
      store(
        [tag, manifest(indexBytes([descriptorOf(other, types.manifest), bare[1] ?? {}]), types.index)],
        [`manifests/${digestOf(other)}`, manifest(other)],
        ...manifests,
      ),
      { onWarning: ({ text }) => void warnings.push(text) },
    );
    expect(digests(await repository.listReferrers(digest))).toEqual([digestOf(slsa)]);
    expect(warnings).toEqual([expect.stringContaining('names a different subject')]);
  });

  it('reads both lists on request, each referrer once', async () => {
    const { repository } = await serveRepository(
      store(
        [`referrers/${digest}`, manifest(indexBytes([full[0] ?? {}]), types.index)],
        [tag, manifest(indexBytes(full), types.index)],
        ...manifests,
      ),
    );
    const found = await repository.listReferrers(digest, { lists: 'both' });
    expect(found.referrers.map(({ carrier }) => carrier)).toEqual(['referrers-api', 'fallback-tag', 'fallback-tag']);
    expect(digests(await repository.listReferrers(digest))).toEqual([digestOf(sbom)]);
  });

  it('takes a 404 for an absence only while the API has not answered yet, or when the repository is gone', async () => {
    let status = 200;
    let body = '';
    const { repository } = await serveRepository((request, response) => {
      if (!request.url.includes('/referrers/')) response.writeHead(404).end();
      else if (status === 200) response.setHeader('content-type', types.index).end(indexBytes(full));
      else response.writeHead(status).end(body);
    });
    expect((await repository.listReferrers(digest)).referrers).toHaveLength(3);
    status = 404;
    expect((await failure(repository.listReferrers(digest))).code).toBe('invalid-response');
    body = '{"errors":[{"code":"NAME_UNKNOWN"}]}';
    expect((await repository.listReferrers(digest)).referrers).toEqual([]);
  });
});

describe('listTags', () => {
  it('reads null as an empty list, and drops what is not a tag', async () => {
    const { repository } = await serveRepository((_, response) => response.end('{"name":"acme/app","tags":null}'));
    expect(await repository.listTags()).toEqual([]);
    const odd = await serveRepository((_, response) => response.end('{"tags":["v1","../x","v1"]}'));
    expect(await odd.repository.listTags()).toEqual(['v1']);
  });

  it('continues after a full page without a link, until nothing new comes', async () => {
    const all = Array.from({ length: 1500 }, (_, n) => `t${String(n).padStart(4, '0')}`);
    const { server, repository } = await serveRepository((request, response) => {
      const query = new URL(request.url, 'http://x').searchParams;
      const from = all.indexOf(query.get('last') ?? '') + 1;
      response.end(JSON.stringify({ tags: all.slice(from, from + Number(query.get('n'))) }));
    });
    expect(await repository.listTags()).toEqual(all);
    expect(server.seen).toHaveLength(2);
    const ignores = await serveRepository((_, response) => response.end(JSON.stringify({ tags: all.slice(0, 1000) })));
    expect(await ignores.repository.listTags()).toHaveLength(1000);
    expect(ignores.server.seen).toHaveLength(2);
  });

  it('follows links', async () => {
    const { repository } = await serveRepository((request, response) => {
      if (!request.url.includes('last=')) response.setHeader('link', '</v2/acme/app/tags/list?n=1&last=a>; rel="next"');
      response.end(JSON.stringify({ tags: [request.url.includes('last=') ? 'b' : 'a'] }));
    });
    expect(await repository.listTags()).toEqual(['a', 'b']);
  });

  it('says when the repository is not there', async () => {
    const { repository } = await serveRepository((_, response) =>
      response.writeHead(404).end('{"errors":[{"code":"NAME_UNKNOWN"}]}'),
    );
    expect(await failure(repository.listTags())).toMatchObject({ code: 'not-found', registryCodes: ['NAME_UNKNOWN'] });
  });
});
