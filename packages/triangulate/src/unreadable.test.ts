import { digestOf, OciError } from 'oci-client-lite';
import { describe, expect, test } from 'vitest';
import { createMemory, encode, manifestBytes, type Memory, types } from '../test/memory-repository.ts';
import { fallbackTag, signatureTag, triangulate, type TriangulateOptions } from './index.ts';

const reference = 'registry.test/acme/app:v1';
const look = async (memory: Memory, options: TriangulateOptions = {}) =>
  (await triangulate(reference, { repository: memory.repository, ...options })).graph;
const answers = ({ locations }: Awaited<ReturnType<typeof look>>) =>
  Object.fromEntries(
    locations.map(({ kind, answer, code }) => [kind, code === undefined ? answer : `${answer}: ${code}`]),
  );
const unread = ({ finds }: Awaited<ReturnType<typeof look>>) => finds.map(({ kind, unread: why }) => [kind, why?.code]);

const signature = (memory: Memory, payload: string) =>
  memory.addManifest(
    manifestBytes({ layers: [memory.addBlob(payload, types.simpleSigning)] }),
    signatureTag(memory.image),
  );
const bundle = (memory: Memory, content: string, listed?: object) =>
  memory.addReferrer({ artifactType: types.bundle, layers: [memory.addBlob(content, types.bundle)] }, listed);

describe('the image', () => {
  test.each(['not-found', 'unauthorized', 'server-error', 'timeout'] as const)(
    'that can’t be resolved (%s) is the only thing that throws',
    async (code) => {
      const memory = createMemory();
      for (const [name, what] of [
        [reference, 'manifest v1'],
        [`registry.test/acme/app@${memory.image}`, `manifest ${memory.image}`],
      ] as const) {
        memory.fail(what, new OciError(code, 'as told'));
        await expect(triangulate(name, { repository: memory.repository })).rejects.toMatchObject({ code });
      }
    },
  );

  test('that isn’t there ends what was already asked about its digest', async () => {
    const memory = createMemory();
    const gone = digestOf(encode('gone'));
    const signals: (AbortSignal | undefined)[] = [];
    const repository = {
      ...memory.repository,
      listReferrers: (...[digest, options]: Parameters<typeof memory.repository.listReferrers>) => {
        signals.push(options?.signal);
        return memory.repository.listReferrers(digest, options);
      },
    };
    await expect(triangulate(`registry.test/acme/app@${gone}`, { repository })).rejects.toMatchObject({
      code: 'not-found',
    });
    expect(signals.map((signal) => signal?.aborted)).toEqual([true, true]);
  });
});

describe('a place that can’t be read', () => {
  test.each([
    'unauthorized',
    'denied',
    'rate-limited',
    'server-error',
    'network',
    'timeout',
    'too-large',
    'invalid-manifest',
    'digest-mismatch',
  ] as const)('is unknown, never absent, and leaves the others as they are: %s', async (code) => {
    const memory = createMemory();
    bundle(memory, 'bundle');
    memory.fail(`manifest ${signatureTag(memory.image)}`, new OciError(code, 'as told'));
    const graph = await look(memory);
    expect(answers(graph)).toEqual({
      'signature-tag': `unknown: ${code}`,
      'attestation-tag': 'absent',
      'sbom-tag': 'absent',
      'referrers-api': 'found',
      'fallback-tag': 'absent',
    });
    expect(unread(graph)).toEqual([['sigstore-bundle', undefined]]);
  });

  test('says how long the registry asked to wait', async () => {
    const memory = createMemory();
    memory.fail(`referrers ${memory.image}`, new OciError('rate-limited', 'slow down', { retryAfterMs: 7000 }));
    const { locations } = await look(memory);
    expect(locations.find(({ kind }) => kind === 'referrers-api')).toMatchObject({
      answer: 'unknown',
      code: 'rate-limited',
      message: 'slow down',
      retryAfterMs: 7000,
    });
  });

  test('is not hidden by an index under the signature tag', async () => {
    const memory = createMemory();
    memory.addManifest(encode({ schemaVersion: 2, mediaType: types.index, manifests: [] }), signatureTag(memory.image));
    expect(answers(await look(memory))['signature-tag']).toBe('unknown: invalid-manifest');
  });

  test('doesn’t exist if the digest is too long for a tag, but may in a layout', async () => {
    const memory = createMemory();
    const digest = digestOf(encode('x'), 'sha512');
    const repository = {
      ...memory.repository,
      fetchManifest: (name: string) =>
        memory.repository
          .fetchManifest(name === digest ? 'v1' : name)
          .then((image) => (name === digest ? { ...image, digest } : image)),
    };
    const registry = await triangulate(`registry.test/acme/app@${digest}`, { repository });
    expect(answers(registry.graph)).toMatchObject({ 'signature-tag': 'unsupported', 'referrers-api': 'absent' });
    const layout = await triangulate(`oci:./memory@${digest}`, { repository: { ...repository, kind: 'layout' } });
    expect(answers(layout.graph)['signature-tag']).toBe('absent');
  });

  test('in a layout is the layout', async () => {
    const memory = createMemory('layout');
    memory.fail(`referrers ${memory.image}`, new OciError('invalid-layout', 'damaged'));
    signature(memory, 'payload');
    const { graph } = await triangulate('oci:./memory:v1', { repository: memory.repository });
    expect(answers(graph)).toMatchObject({ 'signature-tag': 'found', layout: 'unknown: invalid-layout' });
    expect(graph.finds.map(({ carrier }) => carrier)).toEqual(['layout']);
  });

  test('does not hide a programmer’s mistake', async () => {
    const memory = createMemory();
    memory.fail(`referrers ${memory.image}`, new TypeError('a bug'));
    await expect(look(memory)).rejects.toThrow(TypeError);
    await expect(
      triangulate(`registry.test/acme/app@${memory.image}`, { repository: memory.repository }),
    ).rejects.toThrow(TypeError);
  });
});

describe('a referrers API that fails', () => {
  test('doesn’t hide what is listed under the fallback tag', async () => {
    const memory = createMemory();
    const layers = [memory.addBlob('bundle', types.bundle)];
    memory.addReferrer({ artifactType: types.bundle, layers }, { artifactType: types.empty }, 'fallback-tag');
    memory.fail(`referrers ${memory.image}`, new OciError('unauthorized', 'no'));
    const graph = await look(memory);
    expect(answers(graph)).toMatchObject({ 'referrers-api': 'unknown: unauthorized', 'fallback-tag': 'found' });
    expect(graph.finds.map(({ kind, carrier, unread: why }) => [kind, carrier, why])).toEqual([
      ['sigstore-bundle', 'fallback-tag', undefined],
    ]);
  });

  test('stays unknown when nothing is listed there', async () => {
    const memory = createMemory();
    memory.fail(`referrers ${memory.image}`, new OciError('server-error', 'no'));
    expect(answers(await look(memory))).toMatchObject({
      'referrers-api': 'unknown: server-error',
      'fallback-tag': 'absent',
    });
  });

  test('and so does a fallback tag that fails, and hides nothing that the API lists', async () => {
    const memory = createMemory();
    bundle(memory, 'bundle');
    memory.fail(`manifest ${fallbackTag(memory.image)}`, new OciError('rate-limited', 'no'));
    const graph = await look(memory);
    expect(answers(graph)).toMatchObject({ 'referrers-api': 'found', 'fallback-tag': 'unknown: rate-limited' });
    expect(unread(graph)).toEqual([['sigstore-bundle', undefined]]);
  });

  test('that hangs doesn’t hold up what is listed under the fallback tag', async () => {
    const memory = createMemory();
    const layers = [memory.addBlob('bundle', types.bundle)];
    memory.addReferrer({ artifactType: types.bundle, layers }, undefined, 'fallback-tag');
    const release = memory.hold(`referrers ${memory.image}`);
    const fetchBlob: typeof memory.repository.fetchBlob = (descriptor, options) => {
      release(); // only now: the bundle didn’t wait for the API
      return memory.repository.fetchBlob(descriptor, options);
    };
    expect(unread(await look(memory, { repository: { ...memory.repository, fetchBlob } }))).toEqual([
      ['sigstore-bundle', undefined],
    ]);
  });

  test('a repository of one’s own may answer for both lists at once', async () => {
    const memory = createMemory();
    const { repository } = memory;
    bundle(memory, 'bundle');
    const listReferrers: typeof repository.listReferrers = async (digest, options) => {
      const { lists: _, ...rest } = options ?? {};
      const both = [
        await repository.listReferrers(digest, rest),
        await repository.listReferrers(digest, { ...rest, lists: 'fallback-tag' }),
      ];
      return {
        referrers: both.flatMap(({ referrers }) => referrers),
        looked: both.flatMap(({ looked }) => looked),
      };
    };
    const graph = await look(memory, { repository: { ...repository, listReferrers } });
    expect(graph.finds).toHaveLength(1);
    expect(graph.locations).toHaveLength(5);
  });
});

describe('a find that can’t be read', () => {
  test('says so and disturbs no other', async () => {
    const memory = createMemory();
    bundle(memory, 'good');
    bundle(memory, 'bad');
    memory.fail(`blob ${digestOf(encode('bad'))}`, new OciError('digest-mismatch', 'other bytes'));
    const graph = await look(memory);
    expect(unread(graph)).toEqual([
      ['sigstore-bundle', undefined],
      ['sigstore-bundle', 'digest-mismatch'],
    ]);
    expect(answers(graph)['referrers-api']).toBe('found');
  });

  test('stays in the list when its manifest is not there: listed and missing is damage', async () => {
    const memory = createMemory();
    const missing = bundle(memory, 'bundle');
    memory.fail(`manifest ${missing.digest}`, new OciError('not-found', 'gone'));
    expect(unread(await look(memory))).toEqual([['sigstore-bundle', 'not-found']]);
  });

  test('and that could be anything makes its list unknown', async () => {
    const memory = createMemory();
    const untold = bundle(memory, 'bundle', {});
    bundle(memory, 'good');
    memory.fail(`manifest ${untold.digest}`, new OciError('server-error', 'no'));
    const graph = await look(memory, { want: ['signatures'] });
    expect(unread(graph)).toEqual([
      ['unknown-referrer', 'server-error'],
      ['sigstore-bundle', undefined],
    ]);
    expect(answers(graph)['referrers-api']).toBe('unknown: server-error');
  });
});

describe('the end of the call', () => {
  test('by the caller’s signal makes what was not read yet unknown', async () => {
    const memory = createMemory();
    const stop = new AbortController();
    const { repository } = memory;
    const listReferrers: typeof repository.listReferrers = (digest, options) => {
      stop.abort();
      return repository.listReferrers(digest, options);
    };
    const graph = await look(memory, { repository: { ...repository, listReferrers }, signal: stop.signal });
    expect(answers(graph)['referrers-api']).toBe('unknown: aborted');
  });

  test('before the image is resolved is an error', async () => {
    const memory = createMemory();
    await expect(look(memory, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' });
  });

  test('by its deadline leaves nothing more to begin', async () => {
    const memory = createMemory();
    await expect(look(memory, { timeoutMs: Number.MIN_VALUE })).rejects.toMatchObject({ code: 'timeout' });
    expect(memory.asked).toEqual([]);
  });

  test('is one for all reads together', async () => {
    const memory = createMemory();
    bundle(memory, 'bundle');
    const left: (number | undefined)[] = [];
    const { repository } = memory;
    const fetchManifest: typeof repository.fetchManifest = (name, options) => {
      left.push(options?.timeoutMs);
      return repository.fetchManifest(name, options);
    };
    const fetchBlob: typeof repository.fetchBlob = (descriptor, options) => {
      left.push(options?.timeoutMs);
      return repository.fetchBlob(descriptor, options);
    };
    await look(memory, { repository: { ...repository, fetchManifest, fetchBlob }, timeoutMs: 5000 });
    const times = left.map((ms) => ms ?? Number.POSITIVE_INFINITY);
    expect(times).toEqual(times.toSorted((a, b) => b - a));
    expect(times[0]).toBeLessThanOrEqual(5000);
    expect(times.at(-1)).toBeLessThan(times[0] ?? 0);
  });
});
