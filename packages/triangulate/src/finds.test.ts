import { digestOf } from 'oci-client-lite';
import { describe, expect, test } from 'vitest';
import { createMemory, encode, manifestBytes, type Memory, types } from '../test/memory-repository.ts';
import { attestationTag, sbomTag, signatureTag, triangulate, TriangulationSchema } from './index.ts';

const reference = 'registry.test/acme/app:v1';
const sign = (memory: Memory, ...payloads: string[]) =>
  memory.addManifest(
    manifestBytes({
      layers: payloads.map((payload, index) =>
        memory.addBlob(payload, types.simpleSigning, {
          annotations: { 'dev.cosignproject.cosign/signature': `s${index}` },
        }),
      ),
    }),
    signatureTag(memory.image),
  );
const bundle = (memory: Memory, content: string, more: object = {}) => {
  const layers = [memory.addBlob(content, types.bundle)];
  return memory.addReferrer({ artifactType: types.bundle, layers, ...more });
};

describe('triangulate', () => {
  test('finds what is attached in every layout, in a fixed order, and reads its bytes', async () => {
    const memory = createMemory();
    const sig = sign(memory, 'payload 1', 'payload 2');
    const att = memory.addManifest(
      manifestBytes({
        layers: [
          memory.addBlob('envelope', types.dsse, { annotations: { predicateType: 'https://slsa.dev/provenance/v1' } }),
        ],
      }),
      attestationTag(memory.image),
    );
    const sbom = memory.addManifest(
      manifestBytes({ layers: [memory.addBlob('document', 'text/spdx+json')] }),
      sbomTag(memory.image),
    );
    const annotations = { 'dev.sigstore.bundle.predicateType': 'https://sigstore.dev/cosign/sign/v1' };
    const bundled = bundle(memory, 'bundle', { annotations });
    const foreign = memory.addReferrer({
      artifactType: 'application/vnd.acme.report',
      layers: [memory.addBlob('r', 'text/plain')],
    });
    const oci11 = memory.addReferrer({
      configType: types.oci11,
      layers: [memory.addBlob('payload 3', types.simpleSigning)],
    });
    const tekton = memory.addReferrer({
      artifactType: types.inToto,
      layers: [memory.addBlob('envelope 2', types.dsse)],
    });

    const { graph, image, contents } = await triangulate(reference, { repository: memory.repository });

    expect(image.digest).toBe(memory.image);
    expect(graph).toMatchObject({
      reference,
      repository: 'registry.test/acme/app',
      pinned: `registry.test/acme/app@${memory.image}`,
      digest: memory.image,
      mediaType: types.manifest,
      size: image.size,
    });
    expect(graph.finds.map(({ id, kind, carrier, tag }) => [id, kind, carrier, tag])).toEqual([
      [`${sig.digest}#0`, 'cosign-signature', 'tag', signatureTag(memory.image)],
      [`${sig.digest}#1`, 'cosign-signature', 'tag', signatureTag(memory.image)],
      [`${att.digest}#0`, 'cosign-attestation', 'tag', attestationTag(memory.image)],
      [`${sbom.digest}#0`, 'cosign-sbom', 'tag', sbomTag(memory.image)],
      [`${bundled.digest}#0`, 'sigstore-bundle', 'referrers-api', undefined],
      [`${foreign.digest}#0`, 'unknown-referrer', 'referrers-api', undefined],
      [`${oci11.digest}#0`, 'oci11-signature', 'referrers-api', undefined],
      [`${tekton.digest}#0`, 'dsse-attestation', 'referrers-api', undefined],
    ]);
    expect(graph.finds.map(({ predicateTypeHint }) => predicateTypeHint)).toEqual([
      undefined,
      undefined,
      'https://slsa.dev/provenance/v1',
      undefined,
      'https://sigstore.dev/cosign/sign/v1',
      undefined,
      undefined,
      undefined,
    ]);
    expect(graph.finds[1]?.unsignedAnnotations).toEqual({ 'dev.cosignproject.cosign/signature': 's1' });
    expect(graph.finds[4]).toMatchObject({
      artifactType: types.bundle,
      unsignedManifestAnnotations: annotations,
      signs: memory.image,
    });
    expect(graph.finds[6]?.artifactType).toBe(types.oci11);
    expect([...contents.values()].map((bytes) => new TextDecoder().decode(bytes)).toSorted()).toEqual([
      'bundle',
      'document',
      'envelope',
      'envelope 2',
      'payload 1',
      'payload 2',
      'payload 3',
    ]);
    expect(graph.locations.map(({ kind, answer }) => [kind, answer])).toEqual([
      ['signature-tag', 'found'],
      ['attestation-tag', 'found'],
      ['sbom-tag', 'found'],
      ['referrers-api', 'found'],
      ['fallback-tag', 'absent'],
    ]);
    expect(graph.transcript.map(({ url }) => url).toSorted()).toEqual(memory.asked.toSorted());
    expect(TriangulationSchema.parse(JSON.parse(JSON.stringify(graph)))).toEqual(graph);
  });

  test('says "absent" of every place of an image without anything', async () => {
    const memory = createMemory();
    const { graph, contents } = await triangulate(reference, { repository: memory.repository });
    expect(graph.finds).toEqual([]);
    expect(contents.size).toBe(0);
    expect(graph.locations.map(({ kind, name, answer }) => [kind, name, answer])).toEqual([
      ['signature-tag', `registry.test/acme/app:${signatureTag(memory.image)}`, 'absent'],
      ['attestation-tag', `registry.test/acme/app:${attestationTag(memory.image)}`, 'absent'],
      ['sbom-tag', `registry.test/acme/app:${sbomTag(memory.image)}`, 'absent'],
      ['referrers-api', `registry.test/acme/app@${memory.image}`, 'absent'],
      ['fallback-tag', `registry.test/acme/app:sha256-${memory.image.slice(7)}`, 'absent'],
    ]);
  });

  test('keeps two layers apart that share one digest, and fetches it once', async () => {
    const memory = createMemory();
    sign(memory, 'same payload', 'same payload');
    const { graph, contents } = await triangulate(reference, { repository: memory.repository });
    expect(
      graph.finds.map(({ layerIndex, unsignedAnnotations }) => [layerIndex, Object.values(unsignedAnnotations)]),
    ).toEqual([
      [0, ['s0']],
      [1, ['s1']],
    ]);
    expect(contents.size).toBe(1);
    expect(memory.asked.filter((what) => what.startsWith('blob '))).toHaveLength(1);
  });

  test('takes no other layer of a .sig manifest for a signature, and doesn’t call the place empty', async () => {
    const memory = createMemory();
    memory.addManifest(manifestBytes({ layers: [memory.addBlob('x', 'text/plain')] }), signatureTag(memory.image));
    const { graph } = await triangulate(reference, { repository: memory.repository });
    expect(graph.finds).toEqual([]);
    expect(graph.locations[0]).toMatchObject({ answer: 'found', message: expect.stringContaining('none of the type') });
  });

  test('lists a manifest once that is found in two places', async () => {
    const memory = createMemory();
    const artifact = { artifactType: types.oci11, layers: [memory.addBlob('payload', types.simpleSigning)] };
    memory.addManifest(manifestBytes(artifact), signatureTag(memory.image));
    memory.addReferrer(artifact);
    const { graph } = await triangulate(reference, { repository: memory.repository });
    expect(graph.finds.map(({ kind, carrier }) => [kind, carrier])).toEqual([['cosign-signature', 'tag']]);
  });

  test('an .sbom tag on a signature or a bundle doesn’t hide it', async () => {
    const memory = createMemory();
    const artifact = { artifactType: types.bundle, layers: [memory.addBlob('bundle', types.bundle)] };
    memory.addManifest(manifestBytes(artifact), sbomTag(memory.image));
    memory.addReferrer(artifact);
    const { graph } = await triangulate(reference, { repository: memory.repository });
    expect(graph.finds.map(({ kind, carrier }) => [kind, carrier])).toEqual([['sigstore-bundle', 'referrers-api']]);
  });
});

describe('what is wanted', () => {
  test('signatures alone leave the .att and .sbom tags unasked, and other referrers listed but unread', async () => {
    const memory = createMemory();
    bundle(memory, 'bundle');
    const tekton = memory.addReferrer({ artifactType: types.inToto, layers: [memory.addBlob('envelope', types.dsse)] });
    const { graph } = await triangulate(reference, { repository: memory.repository, want: ['signatures'] });
    expect(memory.asked.filter((what) => /\.(att|sbom)$/.test(what))).toEqual([]);
    expect(memory.asked).not.toContain(`manifest ${tekton.digest}`);
    expect(graph.finds.map(({ kind, layer }) => [kind, layer !== undefined])).toEqual([
      ['sigstore-bundle', true],
      ['dsse-attestation', false],
    ]);
    expect(graph.locations.map(({ kind }) => kind)).toEqual(['signature-tag', 'referrers-api', 'fallback-tag']);
  });

  test('attestations may be in bundles too, whatever their annotations say', async () => {
    const memory = createMemory();
    sign(memory, 'payload');
    bundle(memory, 'bundle', {
      annotations: { 'dev.sigstore.bundle.predicateType': 'https://sigstore.dev/cosign/sign/v1' },
    });
    const { graph, contents } = await triangulate(reference, { repository: memory.repository, want: ['attestations'] });
    expect(graph.finds.map(({ kind }) => kind)).toEqual(['sigstore-bundle']);
    expect([...contents.keys()]).toEqual([digestOf(encode('bundle'))]);
  });

  test('without `fetch` the finds are described and no blob is asked for', async () => {
    const memory = createMemory();
    sign(memory, 'payload');
    const { graph, contents } = await triangulate(reference, { repository: memory.repository, fetch: false });
    expect(graph.finds[0]?.layer?.digest).toBe(digestOf(encode('payload')));
    expect(graph.finds[0]?.unread).toBeUndefined();
    expect(contents.size).toBe(0);
  });

  test('reads the manifest of an entry that says nothing about itself, and only then', async () => {
    const memory = createMemory();
    const layers = [memory.addBlob('bundle', types.bundle)];
    const old = memory.addReferrer(
      { artifactType: types.bundle, layers },
      { artifactType: types.empty },
      'fallback-tag',
    );
    const older = memory.addReferrer(
      { artifactType: types.bundle, layers, annotations: { a: 'b' } },
      {},
      'fallback-tag',
    );
    const foreign = memory.addReferrer({ artifactType: 'application/vnd.acme' });
    const { graph } = await triangulate(reference, { repository: memory.repository });
    expect(graph.finds.map(({ manifestDigest, kind, carrier }) => [manifestDigest, kind, carrier])).toEqual([
      [foreign.digest, 'unknown-referrer', 'referrers-api'],
      [old.digest, 'sigstore-bundle', 'fallback-tag'],
      [older.digest, 'sigstore-bundle', 'fallback-tag'],
    ]);
    expect(graph.finds[2]?.unsignedManifestAnnotations).toEqual({ a: 'b' });
    expect(memory.asked).not.toContain(`manifest ${foreign.digest}`);
  });
});

describe('how it asks', () => {
  test('a digest’s places are asked without waiting for the image', async () => {
    const memory = createMemory();
    sign(memory, 'payload');
    const answerImage = memory.hold(`manifest ${memory.image}`);
    const listReferrers: typeof memory.repository.listReferrers = (digest, options) => {
      answerImage(); // only now may the image be answered: it would wait forever if the places waited for it
      return memory.repository.listReferrers(digest, options);
    };
    const pinned = `registry.test/acme/app@${memory.image}`;
    const { graph } = await triangulate(pinned, { repository: { ...memory.repository, listReferrers } });
    expect(graph.finds).toHaveLength(1);
    expect(memory.asked.filter((what) => what === `manifest ${memory.image}`)).toHaveLength(1);
  });

  test('a tag is resolved once', async () => {
    const memory = createMemory();
    await triangulate(reference, { repository: memory.repository });
    expect(memory.asked.filter((what) => what === 'manifest v1' || what === `manifest ${memory.image}`)).toEqual([
      'manifest v1',
    ]);
  });

  test.each([undefined, 3])('at most sixteen reads are under way at the same time, or %s', async (maxParallelReads) => {
    const memory = createMemory();
    for (let index = 0; index < 40; index += 1) bundle(memory, `bundle ${index}`);
    const { graph } = await triangulate(reference, { repository: memory.repository, maxParallelReads });
    expect(graph.finds).toHaveLength(40);
    expect(memory.mostAtOnce()).toBe(maxParallelReads ?? 16);
  });

  test('the slow answer of one place doesn’t hold up the bytes of another', async () => {
    const memory = createMemory();
    sign(memory, 'payload');
    const answerReferrers = memory.hold(`referrers ${memory.image}`);
    const fetchBlob: typeof memory.repository.fetchBlob = (descriptor, options) => {
      answerReferrers(); // only now: the payload didn’t wait for it
      return memory.repository.fetchBlob(descriptor, options);
    };
    const { contents } = await triangulate(reference, { repository: { ...memory.repository, fetchBlob } });
    expect(contents.size).toBe(1);
  });

  test.each<[string, object]>([
    ['wants', { wants: ['signatures'] }],
    ['want', { want: ['signature'] }],
    ['want', { want: [] }],
    ['timeoutMs', { timeoutMs: 0 }],
    ['maxBundleBytes', { maxBundleBytes: 1.5 }],
    ['maxParallelReads', { maxParallelReads: 0 }],
    ['tagPrefix', { tagPrefix: '../' }],
    ['platforms', { platforms: [] }],
    ['platforms', { platforms: 'all' }],
    ['platforms', { platforms: ['amd64'] }],
    ['repositories', { repositories: '' }],
    ['repositories.signature', { repositories: { signature: 'registry.test/x' } }],
    ['registry', { registry: true }],
    ['registry', { registry: {}, client: { repository: () => undefined, close: () => undefined } }],
    ['repository', { repository: {} }],
    ['client', { client: 'ghcr.io' }],
    ['signal', { signal: true }],
  ])('a wrong option "%s" is a TypeError', async (name, options) => {
    await expect(triangulate(reference, options)).rejects.toThrow(
      expect.objectContaining({ name: 'TypeError', message: expect.stringContaining(`"${name}"`) }),
    );
  });
});
