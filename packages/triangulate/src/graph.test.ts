import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OciError } from 'oci-client-lite';
import { describe, expect, test } from 'vitest';
import { createMemory, encode, manifestBytes, type Memory, types } from '../test/memory-repository.ts';
import { bundleVersionOf } from './classify.ts';
import { dependentSteps, gapsOf, isAbsent, signatureTag, triangulate, type TriangulateOptions } from './index.ts';
import { predicateTypeOf } from './predicate-type.ts';

const look = async (memory: Memory, options: TriangulateOptions = {}) =>
  (await triangulate('registry.test/acme/app:v1', { repository: memory.repository, ...options })).graph;
const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64');

describe('what is certain', () => {
  test('is that nothing is there when every place said so', async () => {
    const graph = await look(createMemory());
    for (const wanted of graph.want) expect(isAbsent(graph, wanted)).toBe(true);
    expect(gapsOf(graph)).toEqual([]);
  });

  test('says nothing of what was not asked for', async () => {
    const graph = await look(createMemory(), { want: ['signatures'] });
    expect(() => isAbsent(graph, 'attestations')).toThrow(TypeError);
  });

  test('tells signatures from documents, and not from attestations in bundles', async () => {
    const memory = createMemory();
    memory.addReferrer({ artifactType: types.bundle, layers: [memory.addBlob('bundle', types.bundle)] });
    const graph = await look(memory);
    expect(['signatures', 'attestations', 'sboms'].map((wanted) => isAbsent(graph, wanted as 'sboms'))).toEqual([
      false,
      false,
      true,
    ]);
  });

  test.each<[string, (memory: Memory) => void]>([
    [
      'a place is unknown',
      (memory) => memory.fail(`manifest ${signatureTag(memory.image)}`, new OciError('denied', 'no')),
    ],
    [
      'an entry could be anything',
      (memory) => {
        const { digest } = memory.addReferrer({ layers: [] }, {});
        memory.fail(`manifest ${digest}`, new OciError('network', 'no'));
      },
    ],
  ])('is nothing when %s', async (_, spoil) => {
    const memory = createMemory();
    spoil(memory);
    const graph = await look(memory);
    expect(gapsOf(graph).length).toBeGreaterThan(0);
    expect(isAbsent(graph, 'signatures')).toBe(false);
  });

  test('a find that was not wanted and not read does not count as a gap', async () => {
    const memory = createMemory();
    memory.addReferrer({ artifactType: types.inToto, layers: [memory.addBlob('envelope', types.dsse)] });
    expect(gapsOf(await look(memory, { want: ['signatures'] }))).toEqual([]);
  });
});

describe('dependent steps', () => {
  test('count requests that had to wait, not those in parallel', async () => {
    const memory = createMemory();
    for (const name of ['a', 'b', 'c'])
      memory.addReferrer({ artifactType: types.bundle, layers: [memory.addBlob(name, types.bundle)] });
    const { transcript } = await look(memory);
    expect(Object.groupBy(transcript, ({ step }) => step)).toMatchObject({
      1: [{ url: 'manifest v1' }],
      2: Array.from({ length: 5 }, () => expect.anything()),
      3: Array.from({ length: 3 }, () => expect.anything()),
      4: Array.from({ length: 3 }, () => expect.anything()),
    });
    expect(dependentSteps(transcript)).toBe(4);
    expect(dependentSteps([])).toBe(0);
  });

  test('are one fewer for a digest', async () => {
    const memory = createMemory();
    memory.addReferrer({ artifactType: types.bundle, layers: [memory.addBlob('a', types.bundle)] });
    const { graph } = await triangulate(`registry.test/acme/app@${memory.image}`, { repository: memory.repository });
    expect(dependentSteps(graph.transcript)).toBe(3);
  });

  test('leave out authentication and what was in memory', async () => {
    const memory = createMemory();
    const fetchManifest: typeof memory.repository.fetchManifest = (name, options) => {
      for (const more of [{ note: 'challenge' }, { note: 'token' }, { status: 401 }, { note: 'cached' }])
        options?.onRequest?.({ method: 'GET', url: 'x', durationMs: 0, ...more });
      return memory.repository.fetchManifest(name, options);
    };
    const { transcript } = await look(memory, { repository: { ...memory.repository, fetchManifest } });
    expect(dependentSteps(transcript)).toBe(2);
  });
});

describe('an embedded manifest', () => {
  const layered = (memory: Memory) => ({
    artifactType: types.bundle,
    layers: [memory.addBlob('bundle', types.bundle)],
  });

  test('saves its request', async () => {
    const memory = createMemory();
    const data = Buffer.from(manifestBytes(layered(memory))).toString('base64');
    const { digest } = memory.addReferrer(layered(memory), { artifactType: types.bundle, data });
    const graph = await look(memory);
    expect(graph.finds.map(({ layer }) => layer?.mediaType)).toEqual([types.bundle]);
    expect(memory.asked).not.toContain(`manifest ${digest}`);
    expect(dependentSteps(graph.transcript)).toBe(3);
  });

  test('of other bytes is left aside', async () => {
    const memory = createMemory();
    const other = manifestBytes({ ...layered(memory), annotations: { a: 'b' } });
    const data = Buffer.from(other).toString('base64');
    const { digest } = memory.addReferrer(layered(memory), { artifactType: types.bundle, data });
    const graph = await look(memory);
    expect(graph.finds[0]?.unsignedManifestAnnotations).toEqual({});
    expect(memory.asked).toContain(`manifest ${digest}`);
  });
});

describe('what a find says of itself', () => {
  test('its predicate type by its bytes, if no annotation names one', async () => {
    const memory = createMemory();
    const payload = base64({ predicateType: 'https://slsa.dev/provenance/v1' });
    const layers = [memory.addBlob({ dsseEnvelope: { payload } }, types.bundle)];
    memory.addReferrer({ artifactType: types.bundle, layers });
    expect((await look(memory)).finds[0]).toMatchObject({
      predicateTypeHint: 'https://slsa.dev/provenance/v1',
      bundleVersion: '0.3',
    });
    expect((await look(memory, { fetch: false })).finds[0]?.predicateTypeHint).toBeUndefined();
  });

  test.each([
    ['sigstore-bundle', { dsseEnvelope: { payload: base64({ predicateType: 'p' }) } }, 'p'],
    ['sigstore-bundle', { messageSignature: {} }, undefined],
    ['sigstore-bundle', { dsseEnvelope: { payload: '!' } }, undefined],
    ['cosign-attestation', { payload: base64({ predicateType: 'p' }) }, 'p'],
    ['dsse-attestation', { payload: base64({ predicateType: 7 }) }, undefined],
    ['cosign-signature', { payload: base64({ predicateType: 'p' }) }, undefined],
    ['cosign-attestation', 'no JSON', undefined],
  ] as const)('%s %j: %s', (kind, content, expected) => {
    expect(predicateTypeOf(kind, encode(content))).toBe(expected);
  });

  test('the subject of its manifest, if that differs', async () => {
    const memory = createMemory();
    const bytes = JSON.parse(
      Buffer.from(manifestBytes({ layers: [memory.addBlob('p', types.simpleSigning)] })).toString(),
    ) as object;
    const subject = { mediaType: types.manifest, digest: `sha256:${'1'.repeat(64)}`, size: 1 };
    memory.addManifest(encode({ ...bytes, subject }), signatureTag(memory.image));
    expect((await look(memory)).finds[0]?.otherSubject).toBe(subject.digest);
  });

  test.each([
    ['application/vnd.dev.sigstore.bundle.v0.3+json', '0.3'],
    ['application/vnd.dev.sigstore.bundle+json;version=0.1', '0.1'],
    ['application/vnd.dev.sigstore.bundle+json;version=0.2', '0.2'],
    ['application/vnd.dev.sigstore.bundle+json', undefined],
    [undefined, undefined],
  ])('the version in %s is %s', (type, version) => {
    expect(bundleVersionOf(type)).toBe(version);
  });
});

test('the entry "./names" loads nothing that can open a connection', () => {
  const packages = join(import.meta.dirname, '../..');
  const visited = new Set<string>();
  const visit = (file: string): void => {
    if (visited.has(file)) return;
    visited.add(file);
    for (const [, specifier = ''] of readFileSync(file, 'utf8').matchAll(
      /^(?:import|export) (?!type).*? from '([^']+)'/gms,
    )) {
      if (specifier.startsWith('.')) visit(join(file, '..', specifier));
      else if (specifier === 'oci-client-lite/names') visit(join(packages, 'oci-client-lite/src/names.ts'));
      // The checks of a client's options, without the client.
      else if (specifier === '@sigtrail/http/options') visit(join(packages, 'http/src/http-options.ts'));
      else expect(['@sigtrail/encoding', 'node:crypto', 'node:net', 'zod']).toContain(specifier); // `node:net` for its isIPv6
    }
  };
  visit(join(packages, 'triangulate/src/names.ts'));
  expect([...visited].map((file) => file.slice(packages.length + 1))).toContain('triangulate/src/tags.ts');
});
