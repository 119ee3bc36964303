import { digestOf, type FakeRegistry, startRegistry } from '@sigtrail/testing';
import { afterEach, describe, expect, it } from 'vitest';
import {
  attestationTag,
  fallbackTag,
  parseImageLocator,
  sbomTag,
  signatureTag,
  triangulate,
  TriangulationSchema,
} from './index.ts';

const open: FakeRegistry[] = [];
afterEach(async () => {
  for (const registry of open.splice(0)) await registry.close();
});

const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const hex = 'a'.repeat(64);

interface Image {
  readonly registry: FakeRegistry;
  readonly reference: string;
  readonly digest: `sha256:${string}`;
  readonly size: number;
}

/** An image with the layers of its `.sig` and bundles as referrers. */
async function serve({
  signatures = [],
  bundles = [],
  referrersApi = true,
}: {
  signatures?: readonly string[];
  bundles?: readonly string[];
  referrersApi?: boolean;
}): Promise<Image> {
  const registry = await startRegistry({ referrersApi, fallbackTags: referrersApi ? 'stored' : 'synthesised' });
  open.push(registry);
  const put = (value: object, tag?: string): string =>
    registry.putManifest('acme/app', Buffer.from(JSON.stringify(value)), OCI_MANIFEST, tag);
  const layer = (text: string, mediaType: string): object => ({
    mediaType,
    digest: registry.putBlob('acme/app', Buffer.from(text)),
    size: text.length,
  });
  registry.putBlob('acme/app', Buffer.from('{}'));
  const config = { mediaType: 'application/vnd.oci.empty.v1+json', digest: digestOf(Buffer.from('{}')), size: 2 };
  const image = { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: [] };
  const digest = put(image, 'v1') as `sha256:${string}`;
  const size = JSON.stringify(image).length;
  if (signatures.length > 0)
    put(
      { ...image, layers: signatures.map((text) => layer(text, 'application/vnd.dev.cosign.simplesigning.v1+json')) },
      signatureTag(digest),
    );
  for (const text of bundles) {
    const artifactType = 'application/vnd.dev.sigstore.bundle.v0.3+json';
    put({
      ...image,
      artifactType,
      layers: [layer(text, artifactType)],
      subject: { mediaType: OCI_MANIFEST, digest, size },
    });
  }
  return { registry, reference: `${registry.host}/acme/app:v1`, digest, size };
}

describe('names', () => {
  it('are those that cosign and the distribution spec give, for both algorithms', () => {
    expect(signatureTag(`sha256:${hex}`)).toBe(`sha256-${hex}.sig`);
    expect(attestationTag(`sha256:${hex}`, 'team-')).toBe(`team-sha256-${hex}.att`);
    expect(sbomTag(`sha512:${hex}${hex}`)).toBe(`sha512-${hex}${hex}.sbom`);
    expect(fallbackTag(`sha256:${hex}`)).toBe(`sha256-${hex}`);
  });

  it.each([
    ['oci:dir', { kind: 'layout', directory: 'dir' }],
    ['oci:/a/b:v1', { kind: 'layout', directory: '/a/b', tag: 'v1' }],
    ['oci:/a:b/c', { kind: 'layout', directory: '/a:b/c' }],
    [`oci:/a/b@sha256:${hex}`, { kind: 'layout', directory: '/a/b', digest: `sha256:${hex}` }],
    ['ghcr.io/acme/app:1', { kind: 'registry', reference: { registry: 'ghcr.io', repository: 'acme/app', tag: '1' } }],
  ])('tells a layout from a registry: %s', (text, expected) => {
    expect(parseImageLocator(text)).toMatchObject(expected);
  });

  it.each(['oci:', 'oci::v1', 'oci:dir:', 'oci:dir@sha256:12', 'UPPER/x', 'oci://dir'])(
    'refuses %s with a code',
    (text) => {
      expect(() => parseImageLocator(text)).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/^invalid-/) }),
      );
    },
  );
});

describe('triangulate', () => {
  it('finds signatures of both carriers with their bytes, in one graph of plain JSON', async () => {
    const { reference, digest } = await serve({ signatures: ['one', 'two', 'one'], bundles: ['{"a":1}'] });
    const { graph, contents } = await triangulate(reference);
    expect(graph.finds.map(({ kind, carrier }) => `${kind} ${carrier}`)).toEqual([
      'cosign-signature tag',
      'cosign-signature tag',
      'cosign-signature tag',
      'sigstore-bundle referrers-api',
    ]);
    expect(graph.finds.every(({ signs }) => signs === digest)).toBe(true);
    expect(contents.size).toBe(3);
    expect(TriangulationSchema.parse(JSON.parse(JSON.stringify(graph)))).toEqual(graph);
  });

  it('finds bundles by the fallback tag if there is no referrers API', async () => {
    const { reference } = await serve({ bundles: ['{"a":1}'], referrersApi: false });
    const { graph } = await triangulate(reference, { want: ['signatures'] });
    expect(graph.finds.map(({ kind, carrier }) => `${kind} ${carrier}`)).toEqual(['sigstore-bundle fallback-tag']);
    expect(graph.locations).toContainEqual(expect.objectContaining({ kind: 'referrers-api', answer: 'unsupported' }));
  });

  it.each([
    ['by tag', false],
    ['by digest', true],
  ])('costs no more than six requests for one bundle, %s', async (_, pinned) => {
    const { registry, reference, digest } = await serve({ bundles: ['{"a":1}'] });
    await triangulate(pinned ? reference.replace(':v1', `@${digest}`) : reference, { want: ['signatures'] });
    expect(registry.requests.length).toBeLessThanOrEqual(6);
  });

  it('says absent only if the registry said so', async () => {
    const { graph } = await triangulate((await serve({})).reference);
    expect(graph.finds).toEqual([]);
    expect(graph.locations.map(({ answer }) => answer)).toEqual(['absent', 'absent', 'absent', 'absent', 'absent']);
  });

  it.each([
    ['signature-tag', '.sig'],
    ['referrers-api', '/referrers/'],
  ])('calls %s unknown if it can’t be read, and keeps everything else', async (kind, path) => {
    const { registry, reference } = await serve({ signatures: ['one'], bundles: ['{"a":1}'] });
    registry.fail({ path, fault: { kind: 'status', status: 403 } });
    const { graph } = await triangulate(reference, { want: ['signatures'] });
    expect(graph.locations).toContainEqual(expect.objectContaining({ kind, answer: 'unknown', code: 'denied' }));
    expect(graph.finds).toHaveLength(1);
  });

  it('marks a layer whose bytes are wrong as unread, and reads the others', async () => {
    const { registry, reference } = await serve({ signatures: ['one'], bundles: ['{"a":1}'] });
    registry.tamper('acme/app', digestOf(Buffer.from('one')), Buffer.from('ONE'));
    const { graph, contents } = await triangulate(reference, { want: ['signatures'] });
    expect(graph.finds.map(({ unread }) => unread?.code)).toEqual(['digest-mismatch', undefined]);
    expect(contents.size).toBe(1);
  });

  it('throws not-found for an image that is not there', async () => {
    const { reference } = await serve({});
    await expect(triangulate(`${reference}2`)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('stops at its deadline', async () => {
    const { registry, reference } = await serve({ signatures: ['one'] });
    registry.fail({ fault: { kind: 'hang' } });
    await expect(triangulate(reference, { timeoutMs: 200 })).rejects.toMatchObject({
      code: expect.stringMatching(/timeout|aborted/),
    });
  });
});
