import { describe, expect, it } from 'vitest';
import {
  descriptorOf,
  encode,
  indexBytes,
  manifestBytes,
  recorder,
  type Route,
  serveMap,
  type Stored,
  types,
} from '../../test/fake-registry.ts';
import { openClient, repositoryAt, serve } from '../../test/setting.ts';
import {
  createOciClient,
  digestOf,
  fallbackTag,
  fetchTransport,
  type ListingStore,
  type OciClientOptions,
  type OciRepository,
  type SharedListingsOptions,
} from '../index.ts';

const subject = digestOf(encode('an image'));
const layer = encode('a signature');
const referrer = manifestBytes({ layers: [descriptorOf(layer, 'x/y')] });
const listed = indexBytes([descriptorOf(referrer, types.manifest, { artifactType: 'x/y' })]);
const tag = `${subject.replace(':', '-')}.sig`;
const index = (bytes: Uint8Array): Stored => ({ bytes, type: types.index });
const manifest = (bytes: Uint8Array): Stored => ({ bytes, type: types.manifest });
const content = (path = 'acme/app'): Map<string, Stored> =>
  new Map([
    [`${path}/manifests/${tag}`, manifest(referrer)],
    [`${path}/manifests/${digestOf(referrer)}`, manifest(referrer)],
    [`${path}/manifests/${fallbackTag(subject)}`, index(listed)],
    [`${path}/manifests/${digestOf(listed)}`, index(listed)],
    [`${path}/referrers/${subject}`, index(listed)],
  ]);

type Kept = Map<string, Uint8Array>;
const storeOf = (kept: Kept): ListingStore => ({
  get: (key) => kept.get(key),
  set: (key, bytes) => void kept.set(key, bytes),
});
const sharing = (kept: Kept, more: Partial<SharedListingsOptions> = {}): OciClientOptions => ({
  listings: { store: storeOf(kept), key: Buffer.alloc(32, 7), clock: () => 1_000_000, ...more },
});

/** The three questions, each with the paths that it asks for and the age of its answer. */
const QUESTIONS: Readonly<Record<string, (repository: OciRepository, how: 'use' | 'renew') => Promise<unknown>>> = {
  'a tag': (repository, how) => repository.fetchManifest(tag, { sharedListings: how }),
  'the referrers API': (repository, how) =>
    repository.listReferrers(subject, { lists: 'referrers-api', partial: true, sharedListings: how }),
  'a fallback tag': (repository, how) =>
    repository.listReferrers(subject, { lists: 'fallback-tag', partial: true, sharedListings: how }),
};

/** Whether the registry had to be asked by name, when a second process asks after a first. */
async function isAsked(
  server: Awaited<ReturnType<typeof serve>>,
  question: keyof typeof QUESTIONS,
  [first, second]: readonly [OciRepository, OciRepository],
): Promise<boolean> {
  await QUESTIONS[question]?.(first, 'use');
  server.seen.length = 0;
  await QUESTIONS[question]?.(second, 'use');
  return server.seen.some(({ url }) => url.includes('referrers/') || url.includes('manifests/sha256-'));
}

describe.each(Object.keys(QUESTIONS))('what %s answers', (question) => {
  it('is given to another process, with its age', async () => {
    const server = await serve(serveMap(content()));
    const kept: Kept = new Map();
    const fresh = await QUESTIONS[question]?.(repositoryAt(server, sharing(kept)), 'renew');
    const { looks, onRequest } = recorder();
    server.seen.length = 0;
    const repository = repositoryAt(server, sharing(kept, { clock: () => 1_005_000 }));
    const watched: OciRepository = {
      ...repository,
      fetchManifest: (name, options) => repository.fetchManifest(name, { ...options, onRequest }),
      listReferrers: (digest, options) => repository.listReferrers(digest, { ...options, onRequest }),
    };
    const shared = await QUESTIONS[question]?.(watched, 'use');
    expect(JSON.parse(JSON.stringify(shared).replace(',"ageMs":5000', ''))).toEqual(JSON.parse(JSON.stringify(fresh)));
    expect(server.seen.filter(({ url }) => !url.includes('manifests/sha256:'))).toEqual([]);
    expect(looks.filter(({ note }) => note === 'shared listing').map(({ ageMs }) => ageMs)).toEqual([5000]);
  });

  it('is neither used nor shared by a read that does not say so', async () => {
    const server = await serve(serveMap(content()));
    const kept: Kept = new Map();
    const repository = repositoryAt(server, sharing(kept));
    await repository.fetchManifest(tag);
    await repository.listReferrers(subject, { lists: 'both' });
    expect(kept.size).toBe(0);
    await QUESTIONS[question]?.(repository, 'renew');
    expect(kept.size).toBe(1);
    server.seen.length = 0;
    await QUESTIONS[question]?.(repository, 'renew');
    expect(server.seen.length).toBeGreaterThan(0);
  });

  it('is shared only if nothing about the question differs', async () => {
    const serving: Route = (request, response) =>
      serveMap(new Map([...content(), ...content('acme/other')]))(request, response);
    const server = await serve(serving);
    const elsewhere = await serve(serving);
    const credentials = { username: 'alice', password: 'p' };
    const pair = (
      one: OciClientOptions,
      other: OciClientOptions,
      [at, path]: readonly [typeof server, string] = [server, 'acme/app'],
    ): Promise<boolean> => {
      const kept: Kept = new Map();
      return isAsked(at, question, [
        repositoryAt(server, { ...sharing(kept), ...one }),
        repositoryAt(at, { ...sharing(kept), ...other }, path),
      ]);
    };
    expect(await pair({}, {})).toBe(false);
    expect(await pair({ credentials }, { credentials })).toBe(false);
    expect(await pair({}, {}, [server, 'acme/other'])).toBe(true);
    expect(await pair({}, {}, [elsewhere, 'acme/app'])).toBe(true);
    expect(await pair({ credentials }, {})).toBe(true);
    expect(await pair({}, { credentials })).toBe(true);
    expect(await pair({ credentials }, { credentials: { ...credentials, username: 'bob' } })).toBe(true);
    expect(await pair({ credentials }, { credentials: { ...credentials, password: 'q' } })).toBe(true);
    const route = (headers: Readonly<Record<string, string>>): OciClientOptions => ({
      routes: [{ prefix: server.host, from: 'file:1:1', server: { from: 'file:2:1', headers } }],
    });
    expect(await pair(route({ 'x-account': 'alice' }), route({ 'x-account': 'alice' }))).toBe(false);
    expect(await pair(route({ 'x-account': 'alice' }), route({ 'x-account': 'bob' }))).toBe(true);
  });

  it('is not shared between processes behind different proxies', async () => {
    const server = await serve(serveMap(content()));
    const behind = (proxy: string, kept: Kept): OciRepository =>
      repositoryAt(server, { ...sharing(kept), env: { http_proxy: proxy } });
    for (const [other, isShared] of [
      ['http://a.test:3128', true],
      ['http://b.test:3128', false],
    ] as const) {
      const kept: Kept = new Map();
      expect(await isAsked(server, question, [behind('http://a.test:3128', kept), behind(other, kept)])).toBe(
        !isShared,
      );
    }
  });

  it('says through which file’s entry it came, and from where', async () => {
    const server = await serve(serveMap(content()));
    const elsewhere = await serve(serveMap(content()));
    const kept: Kept = new Map();
    const routed = (): OciRepository =>
      repositoryAt(elsewhere, {
        ...sharing(kept),
        routes: [
          { prefix: elsewhere.host, from: 'hosts.toml:1:1', server: { location: server.host, from: 'hosts.toml:2:1' } },
        ],
      });
    await QUESTIONS[question]?.(routed(), 'use');
    const { looks, onRequest } = recorder();
    const repository = routed();
    const watched: OciRepository = {
      ...repository,
      fetchManifest: (name, options) => repository.fetchManifest(name, { ...options, onRequest }),
      listReferrers: (digest, options) => repository.listReferrers(digest, { ...options, onRequest }),
    };
    await QUESTIONS[question]?.(watched, 'use');
    const [look] = looks.filter(({ note }) => note === 'shared listing');
    expect(look).toMatchObject({ routedBy: 'hosts.toml:2:1' });
    expect(new URL(look?.url ?? '').host).toBe(server.host);
  });

  it('of a mirror is not that of the registry, and the other way round', async () => {
    const server = await serve(serveMap(content()));
    const mirror = await serve(serveMap(content()));
    const through: OciClientOptions = { mirrors: { [server.host]: [{ url: mirror.url, tags: true }] } };
    const kept: Kept = new Map();
    await QUESTIONS[question]?.(repositoryAt(server, { ...sharing(kept), ...through }), 'use');
    expect(await isAsked(server, question, [repositoryAt(server), repositoryAt(server, sharing(kept))])).toBe(true);
    const own: Kept = new Map();
    const [direct, mirrored] = [sharing(own), { ...sharing(own), ...through }];
    const processes = [repositoryAt(server, direct), repositoryAt(server, mirrored)] as const;
    expect(await isAsked(mirror, question, processes)).toBe(true);
  });

  it('is not shared if there is nothing', async () => {
    const kept: Kept = new Map();
    const nothing = await serve(serveMap(new Map()));
    await QUESTIONS[question]?.(repositoryAt(nothing, sharing(kept)), 'renew').catch(() => undefined);
    const empty = await serve(
      serveMap(
        new Map([
          [`acme/app/manifests/${tag}`, manifest(manifestBytes())],
          [`acme/app/manifests/${fallbackTag(subject)}`, index(indexBytes([]))],
          [`acme/app/referrers/${subject}`, index(indexBytes([]))],
        ]),
      ),
    );
    await QUESTIONS[question]?.(repositoryAt(empty, sharing(kept)), 'renew');
    expect(kept.size).toBe(0);
  });

  it('is read from the registry if the store lies, fails or hangs', async () => {
    const server = await serve(serveMap(content()));
    const honest: Kept = new Map();
    const fresh = await QUESTIONS[question]?.(repositoryAt(server, sharing(honest)), 'renew');
    const [[name, sealed] = ['', new Uint8Array()]] = [...honest];
    const fail = (): never => {
      throw new Error('the disk is full');
    };
    const hang = async (): Promise<never> => new Promise<never>(() => undefined);
    const other = Buffer.from(sealed);
    other[other.length - 9] = (other[other.length - 9] ?? 0) ^ 1;
    const stores: readonly ListingStore[] = [
      storeOf(new Map([[name, other]])),
      storeOf(new Map([[name, sealed.subarray(0, 50)]])),
      { get: () => 5 as unknown as Uint8Array, set: fail },
      { get: fail, set: fail },
      { get: hang, set: hang },
    ];
    for (const store of stores) {
      server.seen.length = 0;
      const started = performance.now();
      const repository = repositoryAt(server, { ...sharing(honest, { store }), timeoutMs: 5000 });
      expect(await QUESTIONS[question]?.(repository, 'use')).toEqual(fresh);
      expect(server.seen.length).toBeGreaterThan(0);
      // A tenth of the deadline, and some slack for a busy machine.
      expect(performance.now() - started).toBeLessThan(3000);
    }
  });
});

it('a tag that moved, and whose earlier manifest is gone, is asked for', async () => {
  const all = content();
  const server = await serve((request, response) => serveMap(all)(request, response));
  const kept: Kept = new Map();
  await repositoryAt(server, sharing(kept)).fetchManifest(tag, { sharedListings: 'renew' });
  const other = manifestBytes({ layers: [descriptorOf(encode('another'), 'x/y')] });
  all.delete(`acme/app/manifests/${digestOf(referrer)}`);
  all.set(`acme/app/manifests/${tag}`, manifest(other));
  const found = await repositoryAt(server, sharing(kept)).fetchManifest(tag, { sharedListings: 'use' });
  expect(found.digest).toBe(digestOf(other));
});

it('holds no credentials, and nothing that a password could be tried against', async () => {
  const server = await serve(serveMap(content()));
  const kept: Kept = new Map();
  const repository = repositoryAt(server, {
    ...sharing(kept),
    credentials: { username: 'alice', password: 'hunter2' },
  });
  await repository.fetchManifest(tag, { sharedListings: 'renew' });
  const [[name, sealed] = ['', new Uint8Array()]] = [...kept];
  expect(`${name} ${Buffer.from(sealed).toString()}`).not.toMatch(/alice|hunter2|YWxpY2U/);
  // Under another key the same question has another name: without the key it can't be guessed.
  const other: Kept = new Map();
  const again = {
    ...sharing(other, { key: Buffer.alloc(32, 8) }),
    credentials: { username: 'alice', password: 'hunter2' },
  };
  await repositoryAt(server, again).fetchManifest(tag, { sharedListings: 'renew' });
  expect([...other.keys()]).not.toEqual([name]);
});

describe('the option "listings"', () => {
  const store = storeOf(new Map());
  const key = Buffer.alloc(32, 1);
  const refusal = (code: string): unknown => expect.objectContaining({ name: 'TypeError', code });

  it.each<readonly [string, unknown]>([
    ['no store', { key }],
    ['a value that is not a store', { store: {}, key }],
    ['no key', { store }],
    ['a key of 31 bytes', { store, key: Buffer.alloc(31, 1) }],
    ['a text as key', { store, key: 'x'.repeat(64) }],
    ['no time', { store, key, maxAgeMs: 0 }],
    ['more than a day', { store, key, maxAgeMs: 86_400_001 }],
    ['half a millisecond', { store, key, maxAgeMs: 1.5 }],
    ['a value that is not a clock', { store, key, clock: 5 }],
  ])('refuses %s', (_, listings) => {
    expect(() => createOciClient({ listings } as never)).toThrow(refusal('invalid-option'));
  });

  it.each<readonly [string, OciClientOptions]>([
    ['transport', { transport: fetchTransport() }],
    ['resolve', { resolve: (_host, _options, done) => done(null, []) }],
    ['proxy', { proxy: () => undefined }],
  ])('needs to know for whom a %s of the caller’s asks', (_, seam) => {
    expect(() => createOciClient({ listings: { store, key }, ...seam })).toThrow(refusal('invalid-option'));
    openClient({ listings: { store, key, asker: 'alice' }, ...seam });
    openClient({ listings: { store, key, asker: '' }, ...seam });
  });

  it('needs no name for a client without a proxy', () => {
    openClient({ listings: { store, key }, proxy: false });
  });

  it('keeps a copy of the key', async () => {
    const server = await serve(serveMap(content()));
    const kept: Kept = new Map();
    const own = Buffer.alloc(32, 7);
    const repository = repositoryAt(server, sharing(kept, { key: own }));
    own.fill(0);
    await repository.fetchManifest(tag, { sharedListings: 'renew' });
    expect(await isAsked(server, 'a tag', [repositoryAt(server), repositoryAt(server, sharing(kept))])).toBe(false);
  });
});
