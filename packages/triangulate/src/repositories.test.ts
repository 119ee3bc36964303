import { type FakeRegistry, startRegistry } from '@sigtrail/testing';
import { createOciClient, type OciClient } from 'oci-client-lite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createMemory, descriptorOf, encode, manifestBytes, types } from '../test/memory-repository.ts';
import { attestationTag, gapsOf, isAbsent, signatureTag, triangulate, type TriangulateOptions } from './index.ts';

let registry: FakeRegistry;
let client: OciClient;
beforeEach(async () => {
  registry = await startRegistry();
  client = createOciClient({ dockerConfig: false, retries: 0 });
  registry.putManifest('acme/app', image, types.manifest, 'v1');
});
afterEach(async () => {
  await client.close();
  await registry.close();
});

const image = manifestBytes({ configType: types.config });
const { digest } = descriptorOf(image, types.manifest);
const look = async (options: TriangulateOptions = {}) =>
  (await triangulate(`${registry.host}/acme/app:v1`, { client, ...options })).graph;
const attach = (repository: string, tag: string, type: string, content: string) => {
  registry.putBlob(repository, encode(content));
  const layers = [descriptorOf(encode(content), type)];
  registry.putManifest(repository, manifestBytes({ layers }), types.manifest, tag);
};
const asked = () => [...new Set(registry.requests.map(({ repository = '' }) => repository))].toSorted();

describe('another repository', () => {
  test('holds everything if it is named for all kinds', async () => {
    attach('acme/store', signatureTag(digest), types.simpleSigning, 'payload');
    registry.attachReferrer('acme/store', digest, {
      artifactType: types.bundle,
      layers: [{ bytes: encode('bundle'), mediaType: types.bundle }],
    });
    const graph = await look({ repositories: `${registry.host}/acme/store` });
    expect(graph.finds.map(({ kind, repository, unread }) => [kind, repository, unread])).toEqual([
      ['cosign-signature', `${registry.host}/acme/store`, undefined],
      ['sigstore-bundle', `${registry.host}/acme/store`, undefined],
    ]);
    expect(graph.repository).toBe(`${registry.host}/acme/app`);
    expect(registry.requests.filter(({ repository }) => repository === 'acme/app')).toHaveLength(1);
  });

  test('is looked at instead of the image’s own', async () => {
    attach('acme/app', signatureTag(digest), types.simpleSigning, 'payload');
    const graph = await look({ repositories: `${registry.host}/acme/store` });
    expect(graph.finds).toEqual([]);
    expect(isAbsent(graph, 'signatures')).toBe(true);
  });

  test('may differ for each kind, and be set for only one', async () => {
    attach('acme/sigs', signatureTag(digest), types.simpleSigning, 'payload');
    attach('acme/app', attestationTag(digest), types.dsse, 'envelope');
    const graph = await look({
      repositories: { signatures: `${registry.host}/acme/sigs` },
      want: ['signatures', 'attestations'],
    });
    expect(graph.finds.map(({ kind, repository }) => [kind, repository.slice(registry.host.length)])).toEqual([
      ['cosign-signature', '/acme/sigs'],
      ['cosign-attestation', '/acme/app'],
    ]);
    expect(asked()).toEqual(['acme/app', 'acme/sigs']);
    registry.requests.length = 0;
    await look({ repositories: { sboms: `${registry.host}/acme/sboms` }, want: ['signatures'] });
    expect(asked()).toEqual(['acme/app']);
  });

  test('that can’t be read is a gap', async () => {
    registry.fail({ route: ({ repository }) => repository === 'acme/store', fault: { kind: 'status', status: 403 } });
    const graph = await look({ repositories: `${registry.host}/acme/store` });
    expect(gapsOf(graph)).toHaveLength(5);
    expect(isAbsent(graph, 'signatures')).toBe(false);
  });

  test('can be one that is open already', async () => {
    const memory = createMemory();
    memory.addManifest(
      manifestBytes({ layers: [memory.addBlob('payload', types.simpleSigning)] }),
      signatureTag(digest),
    );
    const graph = await look({ repositories: memory.repository });
    expect(graph.finds.map(({ repository }) => repository)).toEqual(['registry.test/acme/app']);
  });

  test.each(['acme/store:v1', `acme/store@sha256:${'0'.repeat(64)}`, 'UPPER/x', 'https://ghcr.io/x'])(
    'is a repository, and %s is not',
    async (repositories) => {
      await expect(look({ repositories })).rejects.toMatchObject({ code: 'invalid-reference' });
      expect(registry.requests).toEqual([]);
    },
  );
});

test('a tag prefix stands before cosign’s tags, and nowhere else', async () => {
  attach('acme/app', signatureTag(digest, 'team-'), types.simpleSigning, 'payload');
  const graph = await look({ tagPrefix: 'team-' });
  expect(graph.finds.map(({ tag }) => tag)).toEqual([signatureTag(digest, 'team-')]);
  const names = graph.locations.map(({ name }) => name.slice(`${registry.host}/acme/app:`.length));
  expect(names.map((name) => name.startsWith('team-'))).toEqual([true, true, true, false, false]);
  expect((await look()).finds).toEqual([]);
});

describe('bytes on demand', () => {
  const findOf = async (options: TriangulateOptions) => {
    attach('acme/app', signatureTag(digest), types.simpleSigning, 'payload');
    const found = await triangulate(`${registry.host}/acme/app:v1`, { fetch: false, ...options });
    const [find] = found.graph.finds;
    if (find === undefined) throw new TypeError('a find was meant');
    return { ...found, find };
  };

  test.each(['given', 'its own, which is closed by now'])('are read with the client that was %s', async (which) => {
    const { read, find, contents } = await findOf(which === 'given' ? { client } : {});
    expect(contents.size).toBe(0);
    expect(Buffer.from(await read(find)).toString()).toBe('payload');
  });

  test('are hashed, and capped', async () => {
    const { read, find } = await findOf({ client });
    await expect(read(find, { maxBytes: 3 })).rejects.toMatchObject({ code: 'too-large' });
    registry.tamper('acme/app', find.layer?.digest ?? '', encode('PAYLOAD'));
    await expect(read(find)).rejects.toMatchObject({ code: 'digest-mismatch' });
  });

  test('need a find of this graph that has some', async () => {
    const { read, find } = await findOf({ client });
    const { layer: _, ...bare } = find;
    await expect(read(bare)).rejects.toThrow(TypeError);
    await expect(read({ ...find, repository: 'elsewhere.test/x' })).rejects.toThrow(TypeError);
  });

  test('are not asked for twice', async () => {
    const { read, find } = await findOf({ client, fetch: true });
    registry.requests.length = 0;
    expect(Buffer.from(await read(find)).toString()).toBe('payload');
    expect(registry.requests).toEqual([]);
  });
});
