import { expect, test } from 'vitest';
import {
  type ContentDescriptor,
  EMPTY_CONFIG,
  type FakeRegistry,
  fallbackTagOf,
  MEDIA_TYPE,
  manifestOf,
  startRegistry,
} from '../index.ts';

const REPOSITORY = 'acme/app';

async function signedImage(
  options: Parameters<typeof startRegistry>[0] = {},
): Promise<{ registry: FakeRegistry; image: string; referrers: string[] }> {
  const registry = await startRegistry(options);
  const image = registry.putManifest(REPOSITORY, manifestOf(EMPTY_CONFIG, []), MEDIA_TYPE.manifest, 'v1');
  const referrers = ['type/a', 'type/b', 'type/a'].map((artifactType, number) =>
    registry.attachReferrer(REPOSITORY, image, {
      artifactType,
      layers: [{ bytes: Buffer.from(`content ${number}`), mediaType: 'text/plain' }],
      annotations: { number: String(number) },
    }),
  );
  return { registry, image, referrers };
}

async function list(
  registry: FakeRegistry,
  path: string,
): Promise<{ answer: Response; manifests: ContentDescriptor[] }> {
  const answer = await fetch(`${registry.url}/v2/${REPOSITORY}/${path}`);
  const { manifests } = (await answer.json()) as { manifests: ContentDescriptor[] };
  return { answer, manifests };
}

test('lists what has the image as subject, with artifact type and annotations', async () => {
  const { registry, image, referrers } = await signedImage();
  await using _ = registry;
  const { answer, manifests } = await list(registry, `referrers/${image}`);
  expect(answer.headers.get('content-type')).toBe(MEDIA_TYPE.index);
  expect(manifests.map(({ digest }) => digest)).toEqual(referrers);
  expect(manifests[1]).toMatchObject({ artifactType: 'type/b', annotations: { number: '1' } });
  expect(manifests).toEqual(registry.referrersOf(REPOSITORY, image));
});

test('takes the config media type as artifact type if a manifest has none', async () => {
  const { registry } = await signedImage();
  await using _ = registry;
  const subject = { mediaType: MEDIA_TYPE.manifest, digest: `sha256:${'0'.repeat(64)}`, size: 1 };
  registry.putManifest(REPOSITORY, manifestOf(EMPTY_CONFIG, [], undefined, { subject }), MEDIA_TYPE.manifest);
  const { manifests } = await list(registry, `referrers/${subject.digest}`);
  expect(manifests).toMatchObject([{ artifactType: MEDIA_TYPE.empty }]);
});

test('gives an empty list for a digest that nothing refers to', async () => {
  const { registry, referrers } = await signedImage();
  await using _ = registry;
  expect((await list(registry, `referrers/${referrers[0]}`)).manifests).toEqual([]);
});

test('pages with Link and keeps the filter on the way', async () => {
  const { registry, image, referrers } = await signedImage({ pageSize: 1 });
  await using _ = registry;
  const seen: string[] = [];
  for (
    let next: string | undefined = `/v2/${REPOSITORY}/referrers/${image}?artifactType=type%2Fa`;
    next !== undefined;
  ) {
    const answer: Response = await fetch(new URL(next, registry.url));
    expect(answer.headers.get('oci-filters-applied')).toBe('artifactType');
    seen.push(...((await answer.json()) as { manifests: ContentDescriptor[] }).manifests.map(({ digest }) => digest));
    next = /^<([^>]+)>/.exec(answer.headers.get('link') ?? '')?.[1];
  }
  expect(seen).toEqual([referrers[0], referrers[2]]);
});

test('may ignore the filter, and then does not claim it', async () => {
  const { registry, image } = await signedImage({ filtersReferrers: false });
  await using _ = registry;
  const { answer, manifests } = await list(registry, `referrers/${image}?artifactType=type%2Fb`);
  expect(manifests).toHaveLength(3);
  expect(answer.headers.get('oci-filters-applied')).toBeNull();
});

test('has no referrers API if configured so, and can get it back', async () => {
  const { registry, image } = await signedImage({ referrersApi: false });
  await using _ = registry;
  const answer = await fetch(`${registry.url}/v2/${REPOSITORY}/referrers/${image}`);
  expect([answer.status, answer.headers.get('content-type')]).toEqual([404, 'text/plain; charset=utf-8']);
  // Clients that push to such a registry keep the list under the tag; a test can take that away.
  expect((await fetch(`${registry.url}/v2/${REPOSITORY}/manifests/${fallbackTagOf(image)}`)).status).toBe(200);
  registry.configure({ fallbackTags: 'stored' });
  expect((await fetch(`${registry.url}/v2/${REPOSITORY}/manifests/${fallbackTagOf(image)}`)).status).toBe(404);
  registry.configure({ referrersApi: true });
  expect((await list(registry, `referrers/${image}`)).manifests).toHaveLength(3);
});

test('serves a stored fallback tag as the ordinary tag it is', async () => {
  const { registry, image } = await signedImage({ referrersApi: false, fallbackTags: 'synthesised' });
  await using _ = registry;
  const stored = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPE.index, manifests: [] }));
  registry.putManifest(REPOSITORY, stored, MEDIA_TYPE.index, fallbackTagOf(image));
  expect((await list(registry, `manifests/${fallbackTagOf(image)}`)).manifests).toEqual([]);
  expect(registry.requests[0]?.route).toBe('fallback-tag');
});

test('synthesises the fallback tag from the known referrers', async () => {
  const { registry, image, referrers } = await signedImage({ referrersApi: false, fallbackTags: 'synthesised' });
  await using _ = registry;
  const { answer, manifests } = await list(registry, `manifests/${fallbackTagOf(image)}`);
  expect(answer.headers.get('content-type')).toBe(MEDIA_TYPE.index);
  expect(manifests.map(({ digest }) => digest)).toEqual(referrers);
  const tags = await (await fetch(`${registry.url}/v2/${REPOSITORY}/tags/list`)).json();
  expect(tags).toMatchObject({ tags: [fallbackTagOf(image), 'v1'] });
});

test('cuts the fallback tag of a sha512 digest', () => {
  expect(fallbackTagOf(`sha512:${'ab'.repeat(64)}`)).toBe(`sha512-${'ab'.repeat(32)}`);
});

test('lists by decree what no manifest backs', async () => {
  const { registry, image } = await signedImage();
  await using _ = registry;
  const ghost = { mediaType: MEDIA_TYPE.manifest, digest: `sha256:${'f'.repeat(64)}`, size: 7 };
  registry.listReferrer(REPOSITORY, image, ghost);
  const { manifests } = await list(registry, `referrers/${image}`);
  expect(manifests[0]).toEqual(ghost);
  expect((await fetch(`${registry.url}/v2/${REPOSITORY}/manifests/${ghost.digest}`)).status).toBe(404);
});
