import { type FakeRegistry, indexOf, startRegistry } from '@sigtrail/testing';
import { createOciClient, digestOf, type OciClient } from 'oci-client-lite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { descriptorOf, encode, manifestBytes, types } from '../test/memory-repository.ts';
import {
  findsOf,
  gapsOf,
  parsePlatform,
  signatureTag,
  triangulate,
  type TriangulateOptions,
  TriangulationSchema,
} from './index.ts';

let registry: FakeRegistry;
let client: OciClient;
beforeEach(async () => {
  registry = await startRegistry();
  client = createOciClient({ dockerConfig: false, retries: 0 });
});
afterEach(async () => {
  await client.close();
  await registry.close();
});

const look = (options: TriangulateOptions = {}, name = 'v1') =>
  triangulate(`${registry.host}/acme/app:${name}`, { client, ...options });

const put = (bytes: Uint8Array, more: object = {}, type: string = types.manifest) => {
  registry.putManifest('acme/app', bytes, type);
  return descriptorOf(bytes, type, more);
};
const child = (name: string, platform?: string) =>
  put(
    manifestBytes({ configType: types.config, annotations: { name } }),
    platform === undefined ? {} : { platform: parsePlatform(platform) },
  );
const sign = (digest: string, payload: string) => {
  registry.putBlob('acme/app', encode(payload));
  const layers = [descriptorOf(encode(payload), types.simpleSigning)];
  const tag = signatureTag(digest as `sha256:${string}`);
  registry.putManifest('acme/app', manifestBytes({ layers }), types.manifest, tag);
};
const index = (entries: readonly object[], tag?: string) => {
  const bytes = indexOf(entries as Parameters<typeof indexOf>[0]);
  registry.putManifest('acme/app', bytes, types.index, tag);
  return descriptorOf(bytes, types.index);
};

describe('an index', () => {
  test('shows its manifests, and has nothing of theirs looked for unless asked', async () => {
    const children = [child('amd64', 'linux/amd64'), child('arm', 'linux/arm/v7')];
    const root = index(children, 'v1');
    sign(root.digest, 'for the index');
    for (const { digest } of children) sign(digest, `for ${digest}`);
    const { graph } = await look();
    expect(graph.manifests).toEqual([
      { digest: root.digest, mediaType: types.index, size: root.size, role: 'index', looked: true },
      ...children.map((entry) => ({
        digest: entry.digest,
        mediaType: types.manifest,
        size: entry.size,
        platform: entry.platform,
        role: 'image',
        parent: root.digest,
        looked: false,
      })),
    ]);
    expect(graph.finds.map(({ signs }) => signs)).toEqual([root.digest]);
    expect(TriangulationSchema.parse(JSON.parse(JSON.stringify(graph)))).toEqual(graph);
  });

  test('is followed into each manifest, and each find says which digest it hangs on', async () => {
    const children = [child('amd64', 'linux/amd64'), child('arm64', 'linux/arm64/v8')];
    const root = index(children, 'v1');
    for (const { digest } of children) sign(digest, `for ${digest}`);
    const { graph, contents } = await look({ platforms: 'each' });
    expect(graph.manifests.map(({ looked }) => looked)).toEqual([true, true, true]);
    expect(findsOf(graph, root.digest)).toEqual([]);
    for (const { digest } of children)
      expect(findsOf(graph, digest).map(({ kind, layer }) => [kind, layer?.digest])).toEqual([
        ['cosign-signature', digestOf(encode(`for ${digest}`))],
      ]);
    expect(contents.size).toBe(2);
    expect(graph.locations).toHaveLength(15);
  });

  test('may have two manifests with one and the same signature manifest: two finds with ids of their own', async () => {
    const children = [child('amd64', 'linux/amd64'), child('arm64', 'linux/arm64')];
    index(children, 'v1');
    for (const { digest } of children) sign(digest, 'copied');
    const { graph } = await look({ platforms: 'each', want: ['signatures'] });
    expect(graph.finds.map(({ signs }) => signs)).toEqual(children.map(({ digest }) => digest));
    expect(new Set(graph.finds.map(({ id }) => id)).size).toBe(2);
  });

  test.each([
    [['linux/amd64'], ['amd64']],
    [['linux/arm'], ['armv6', 'armv7']],
    [
      ['linux/arm/v7', 'linux/amd64'],
      ['amd64', 'armv7'],
    ],
  ] as const)('is followed to the manifests for %j', async (platforms, expected) => {
    const children = {
      amd64: child('amd64', 'linux/amd64'),
      armv6: child('armv6', 'linux/arm/v6'),
      armv7: child('armv7', 'linux/arm/v7'),
    };
    index(Object.values(children), 'v1');
    const { graph } = await look({ platforms, want: ['signatures'] });
    const looked = graph.manifests.filter(({ looked: done, parent }) => done && parent !== undefined);
    expect(looked.map(({ digest }) => digest)).toEqual(expected.map((name) => children[name].digest));
  });

  test('without a platform that was asked for is not found', async () => {
    index([child('amd64', 'linux/amd64')], 'v1');
    await expect(look({ platforms: ['linux/amd64', 'linux/s390x'] })).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('linux/s390x'),
    });
  });

  test('in an index is followed too, to a depth that honest images have', async () => {
    const inner = child('arm64', 'linux/arm64');
    let nested = index([inner]);
    index([child('amd64', 'linux/amd64'), nested], 'v1');
    sign(inner.digest, 'deep');
    const { graph } = await look({ platforms: ['linux/arm64'] });
    expect(graph.finds.map(({ signs }) => signs)).toEqual([inner.digest]);
    expect(graph.manifests.map(({ role }) => role)).toEqual(['index', 'image', 'index', 'image']);
    expect(graph.manifests.at(-1)?.parent).toBe(nested.digest);
    for (let depth = 0; depth < 3; depth += 1) nested = index([nested]);
    index([nested], 'deep');
    const deep = await look({ platforms: 'each' }, 'deep');
    expect(gapsOf(deep.graph)).toMatchObject([{ location: { kind: 'platforms', code: 'too-large' } }]);
  });

  test('in an index that can’t be read makes the platforms unknown, not missing', async () => {
    const nested = index([child('arm64', 'linux/arm64')]);
    index([child('amd64', 'linux/amd64'), nested], 'v1');
    registry.fail({ path: nested.digest, route: 'manifest', fault: { kind: 'status', status: 403 } });
    const { graph } = await look({ platforms: ['linux/arm64'] });
    expect(graph.locations.at(-1)).toMatchObject({ kind: 'platforms', answer: 'unknown', code: 'denied' });
  });

  test('with more manifests than anyone builds is read in part, and says so', async () => {
    index(
      Array.from({ length: 201 }, (_, n) => descriptorOf(encode(`${n}`), types.manifest)),
      'v1',
    );
    const { graph } = await look({ platforms: 'each', want: ['sboms'], fetch: false });
    expect(graph.manifests.filter(({ looked }) => looked)).toHaveLength(201);
    expect(gapsOf(graph)).toMatchObject([{ location: { kind: 'platforms', code: 'too-large' } }]);
  });
});

describe('a single image', () => {
  const image = (config: unknown) => {
    const bytes = encode(config);
    registry.putBlob('acme/app', bytes);
    const manifest = {
      schemaVersion: 2,
      mediaType: types.manifest,
      config: descriptorOf(bytes, types.config),
      layers: [],
    };
    registry.putManifest('acme/app', encode(manifest), types.manifest, 'v1');
  };

  test('must be for the requested platform', async () => {
    image({ architecture: 'arm64', os: 'linux', variant: 'v8' });
    expect((await look({ platforms: ['linux/arm64'] })).graph.manifests).toHaveLength(1);
    await expect(look({ platforms: ['linux/amd64'] })).rejects.toMatchObject({ code: 'not-found' });
    await expect(look({ platforms: ['linux/arm64', 'linux/amd64'] })).rejects.toMatchObject({ code: 'not-found' });
  });

  test('that names no platform may be run for any', async () => {
    image({ hello: 'world' });
    for (const platforms of ['each', ['linux/amd64']] as const)
      expect((await look({ platforms })).graph.manifests).toHaveLength(1);
  });
});

describe('BuildKit’s attestation manifest', () => {
  const build = () => {
    const image = child('amd64', 'linux/amd64');
    const statement = encode({ predicateType: 'https://slsa.dev/provenance/v1' });
    registry.putBlob('acme/app', statement);
    const annotations = { 'in-toto.io/predicate-type': 'https://slsa.dev/provenance/v1' };
    const attestation = put(
      manifestBytes({ configType: types.config, layers: [descriptorOf(statement, types.inToto, { annotations })] }),
      {
        platform: { os: 'unknown', architecture: 'unknown' },
        annotations: {
          'vnd.docker.reference.type': 'attestation-manifest',
          'vnd.docker.reference.digest': image.digest,
        },
      },
    );
    return { image, attestation, statement, root: index([image, attestation], 'v1') };
  };

  test('is listed under the image it is about, unsigned, and read on demand only', async () => {
    const { image, attestation, statement } = build();
    const { graph, contents, read } = await look();
    expect(graph.finds).toMatchObject([
      {
        kind: 'buildkit-attestation',
        carrier: 'index',
        signs: image.digest,
        manifestDigest: attestation.digest,
        predicateTypeHint: 'https://slsa.dev/provenance/v1',
      },
    ]);
    expect(graph.manifests.at(-1)).toMatchObject({ role: 'attestation-manifest', about: image.digest, looked: true });
    expect(contents.size).toBe(0);
    const [find] = graph.finds;
    if (find === undefined) throw new TypeError('a find was meant');
    expect(Buffer.from(await read(find)).equals(statement)).toBe(true);
  });

  test('costs those nothing who are after signatures', async () => {
    const { attestation } = build();
    const { graph } = await look({ want: ['signatures'] });
    expect(graph.finds.map(({ kind, layer }) => [kind, layer])).toEqual([['buildkit-attestation', undefined]]);
    expect(registry.requests.map(({ name }) => name)).not.toContain(attestation.digest);
  });

  test('does not count as a gap for those who are after signatures: it is known not to be one', async () => {
    const { attestation } = build();
    registry.fail({ path: attestation.digest, fault: { kind: 'status', status: 500 } });
    expect(gapsOf((await look({ want: ['signatures'] })).graph)).toEqual([]);
    const { graph } = await look({ want: ['signatures', 'attestations'] });
    expect(graph.finds.map(({ kind, unread }) => [kind, unread?.code])).toEqual([
      ['buildkit-attestation', 'server-error'],
    ]);
    expect(gapsOf(graph).map(({ kind }) => kind)).toEqual(['location', 'find']);
  });

  test('can be signed itself, and its signature is found if each manifest is searched', async () => {
    const { attestation } = build();
    sign(attestation.digest, 'signed after all');
    const { graph } = await look({ platforms: 'each', want: ['signatures'] });
    expect(findsOf(graph, attestation.digest).map(({ kind }) => kind)).toEqual(['cosign-signature']);
  });
});
