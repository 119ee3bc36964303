import { digestOf } from 'oci-client-lite';
import { describe, expect, test } from 'vitest';
import { createMemory, encode, manifestBytes, type Memory, types } from '../test/memory-repository.ts';
import { signatureTag, triangulate, type TriangulateOptions } from './index.ts';

const reference = 'registry.test/acme/app:v1';
const look = async (memory: Memory, options: TriangulateOptions = {}) =>
  (await triangulate(reference, { repository: memory.repository, ...options })).graph;
const answers = ({ locations }: Awaited<ReturnType<typeof look>>) =>
  Object.fromEntries(
    locations.map(({ kind, answer, code }) => [kind, code === undefined ? answer : `${answer}: ${code}`]),
  );
const unread = ({ finds }: Awaited<ReturnType<typeof look>>) => finds.map(({ kind, unread: why }) => [kind, why?.code]);

const bundle = (memory: Memory, content: string, listed?: object) =>
  memory.addReferrer({ artifactType: types.bundle, layers: [memory.addBlob(content, types.bundle)] }, listed);

describe('limits', () => {
  const sized = (size: number, mediaType: string, text: string) => ({
    mediaType,
    digest: digestOf(encode(text)),
    size,
  });

  test('a payload of more than 1 MiB is not asked for; its neighbour is', async () => {
    const memory = createMemory();
    const layers = [
      sized(1024 * 1024 + 1, types.simpleSigning, 'huge'),
      memory.addBlob('payload', types.simpleSigning),
    ];
    memory.addManifest(manifestBytes({ layers }), signatureTag(memory.image));
    expect(unread(await look(memory))).toEqual([
      ['cosign-signature', 'too-large'],
      ['cosign-signature', undefined],
    ]);
    expect(memory.asked).not.toContain(`blob ${digestOf(encode('huge'))}`);
    expect((await look(memory)).finds[0]?.unread?.message).toBe('1048577 bytes; the limit is 1048576');
  });

  test('a bundle may have 16 MiB, or what the caller says', async () => {
    const memory = createMemory();
    memory.addReferrer({ artifactType: types.bundle, layers: [sized(16 * 1024 * 1024 + 1, types.bundle, 'huge')] });
    bundle(memory, 'twelve bytes');
    expect(unread(await look(memory))).toEqual([
      ['sigstore-bundle', 'too-large'],
      ['sigstore-bundle', undefined],
    ]);
    expect(unread(await look(memory, { maxBundleBytes: 11 }))).toEqual([
      ['sigstore-bundle', 'too-large'],
      ['sigstore-bundle', 'too-large'],
    ]);
  });

  test('many large bundles together don’t fill the memory, nor push out a small one', async () => {
    const memory = createMemory();
    const mib = 1024 * 1024;
    for (let index = 0; index < 20; index += 1)
      memory.addReferrer({ artifactType: types.bundle, layers: [sized(16 * mib, types.bundle, `${index}`)] });
    bundle(memory, 'small');
    const graph = await look(memory);
    expect(graph.finds.filter(({ unread: why }) => why?.code === 'too-large')).toHaveLength(5);
    expect(graph.finds.at(-1)?.unread).toBeUndefined();
  });

  test('a referrer with a thousand layers doesn’t push out one with a single layer', async () => {
    const memory = createMemory();
    const layer = memory.addBlob('same', types.bundle);
    memory.addReferrer({ artifactType: types.bundle, layers: Array.from({ length: 1000 }, () => layer) });
    bundle(memory, 'small');
    const graph = await look(memory);
    expect(unread(graph)).toEqual([
      ['sigstore-bundle', 'too-large'],
      ['sigstore-bundle', undefined],
    ]);
  });

  test('more than 1 000 signatures are cut, and the place is unknown', async () => {
    const memory = createMemory();
    const layer = memory.addBlob('payload', types.simpleSigning);
    memory.addManifest(
      manifestBytes({ layers: Array.from({ length: 1001 }, () => layer) }),
      signatureTag(memory.image),
    );
    const graph = await look(memory);
    expect(graph.finds).toHaveLength(1000);
    expect(answers(graph)['signature-tag']).toBe('unknown: too-large');
  });

  test('two layers with one digest and two sizes are judged each for itself', async () => {
    const memory = createMemory();
    const layer = memory.addBlob('payload', types.simpleSigning);
    memory.addManifest(manifestBytes({ layers: [{ ...layer, size: 3 }, layer] }), signatureTag(memory.image));
    expect(unread(await look(memory))).toEqual([
      ['cosign-signature', 'size-mismatch'],
      ['cosign-signature', undefined],
    ]);
  });

  test('many large manifests together are not all read, and the list is unknown if one could be anything', async () => {
    const memory = createMemory();
    const size = 20 * 1024 * 1024;
    for (let index = 0; index < 5; index += 1) {
      const layers = [memory.addBlob(`bundle ${index}`, types.bundle)];
      memory.addReferrer(
        { artifactType: types.bundle, layers },
        index === 4 ? { size } : { size, artifactType: types.bundle },
      );
    }
    const graph = await look(memory);
    expect(unread(graph)).toEqual([
      ['sigstore-bundle', undefined],
      ['sigstore-bundle', undefined],
      ['sigstore-bundle', undefined],
      ['sigstore-bundle', 'too-large'],
      ['unknown-referrer', 'too-large'],
    ]);
    expect(answers(graph)['referrers-api']).toBe('unknown: too-large');
  });

  test('a manifest may be no larger than its list says, give or take', async () => {
    const memory = createMemory();
    const { repository } = memory;
    const caps: (number | undefined)[] = [];
    const fetchManifest: typeof repository.fetchManifest = (name, options) => {
      if (name.startsWith('sha256:')) caps.push(options?.maxBytes);
      return repository.fetchManifest(name, options);
    };
    bundle(memory, 'small');
    bundle(memory, 'large', { artifactType: types.bundle, size: 100_000 });
    await look(memory, { repository: { ...repository, fetchManifest } });
    expect(caps).toEqual([65_536, 100_000]);
  });
});
