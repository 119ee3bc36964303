import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type FakeRegistry, startRegistry } from '@sigtrail/testing';
import { createOciClient, digestOf, openLayout, type Repository } from 'oci-client-lite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Find, type FindKind, triangulate, type Triangulated, TriangulationSchema } from './index.ts';

// Images signed by real tools stay outside the repository; they are found beside the checkout or by name.
const fixtures = process.env['SIGTRAIL_FIXTURES'] ?? join(import.meta.dirname, '../../../../shared/fixtures');
const stack = join(fixtures, 'local-stack');
const required = process.env['SIGTRAIL_REQUIRE_INTEROP'] === '1';

interface Case {
  readonly name: string;
  readonly about: string;
  readonly format: 'legacy' | 'legacy-oci11' | 'bundle' | 'mixed' | 'none';
  readonly referrersApi: boolean;
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
  readonly children?: readonly string[];
  readonly layouts: Readonly<Record<string, string>>;
}

const cases: readonly Case[] = (existsSync(stack) ? readdirSync(stack) : [])
  .map((name) => join(stack, name, 'case.json'))
  .filter((path) => existsSync(path))
  .map((path) => JSON.parse(readFileSync(path, 'utf8')) as Case);

type Counts = Readonly<Partial<Record<FindKind, number>>>;

/** What `about` and the recorded `made` of each case say was attached to its image; all others have one thing of their format. */
const attached: Readonly<Record<string, Counts>> = {
  'alternate-repository-bundle': {},
  'alternate-repository-legacy': {},
  'bundle-att': { 'sigstore-bundle': 8 },
  'bundle-one-bad-one-good': { 'sigstore-bundle': 2 },
  'bundle-two-signers': { 'sigstore-bundle': 2 },
  'child-signed-only-bundle': {},
  'child-signed-only-legacy': {},
  'fallback-tag': { 'sigstore-bundle': 2 },
  'legacy-att': { 'cosign-attestation': 8 },
  'legacy-att-key-rfc3161': { 'cosign-attestation': 1 },
  'legacy-three-signers': { 'cosign-signature': 3 },
  'many-referrers': { 'sigstore-bundle': 40, 'unknown-referrer': 3 },
  'mixed-both-signatures': { 'cosign-signature': 1, 'sigstore-bundle': 1 },
  'mixed-bundle-sig-and-att': { 'cosign-attestation': 1, 'sigstore-bundle': 1 },
  'mixed-sig-and-bundle-att': { 'cosign-signature': 1, 'sigstore-bundle': 1 },
  'neg-legacy-att-wrong-subject': { 'cosign-attestation': 1 },
  'sbom-attachment': { 'cosign-signature': 1, 'cosign-sbom': 1 },
};

/** What was attached to the platforms of an index: amd64, then arm64. */
const attachedToChildren: Readonly<Record<string, readonly Counts[]>> = {
  'child-signed-only-bundle': [{ 'sigstore-bundle': 1 }, {}],
  'child-signed-only-legacy': [{ 'cosign-signature': 1 }, {}],
  'index-signed-only-bundle': [{}, {}],
  'index-signed-only-legacy': [{}, {}],
  'index-signed-recursive-bundle': [{ 'sigstore-bundle': 1 }, { 'sigstore-bundle': 1 }],
  'index-signed-recursive-legacy': [{ 'cosign-signature': 1 }, { 'cosign-signature': 1 }],
};

function expectedOf({ name, format }: Case): Counts {
  const exact = attached[name];
  if (exact !== undefined) return exact;
  switch (format) {
    case 'legacy':
      return { 'cosign-signature': 1 };
    case 'legacy-oci11':
      return { 'oci11-signature': 1 };
    case 'bundle':
      return { 'sigstore-bundle': 1 };
    case 'none':
      return {};
    case 'mixed':
      throw new TypeError(`${name}: what is attached to a mixed case must be said`);
  }
}

function countsOf({ graph }: Triangulated): Counts {
  const counts: Partial<Record<FindKind, number>> = {};
  for (const { kind } of graph.finds) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

/** All that must not depend on where it was read from. */
function withoutCarrier({ graph, contents }: Triangulated): object {
  const bare = (find: Find): object => ({ ...find, carrier: undefined, repository: undefined });
  return {
    digest: graph.digest,
    mediaType: graph.mediaType,
    size: graph.size,
    finds: graph.finds.toSorted((a, b) => (a.id < b.id ? -1 : 1)).map(bare),
    contents: [...contents.keys()].toSorted(),
  };
}

function expectComplete(found: Triangulated): void {
  const { graph, contents } = found;
  expect(graph.finds.filter(({ unread }) => unread !== undefined)).toEqual([]);
  expect(graph.locations.filter(({ answer }) => answer === 'unknown')).toEqual([]);
  for (const { kind, layer } of graph.finds) {
    if (kind !== 'unknown-referrer') expect(contents.has(layer?.digest ?? '')).toBe(true);
  }
  for (const [digest, bytes] of contents) expect(digestOf(bytes)).toBe(digest);
  expect(TriangulationSchema.parse(JSON.parse(JSON.stringify(graph)))).toEqual(graph);
}

it.runIf(required)('has the recorded images that this run requires', () => {
  expect(cases.length).toBeGreaterThan(70);
});

describe.skipIf(cases.length === 0)('images signed by real tools (shared/fixtures/local-stack)', () => {
  const client = createOciClient({ dockerConfig: false });
  let withApi: FakeRegistry;
  let withoutApi: FakeRegistry;

  beforeAll(async () => {
    withApi = await startRegistry({ pageSize: 10 });
    withoutApi = await startRegistry({ referrersApi: false });
    for (const { name, layouts, referrersApi } of cases) {
      for (const [repository, folder] of Object.entries(layouts)) {
        (referrersApi ? withApi : withoutApi).loadLayout(repository, join(stack, name, folder));
      }
    }
  });
  afterAll(async () => {
    await client.close();
    await withApi.close();
    await withoutApi.close();
  });

  const hostOf = ({ referrersApi }: Case): string => (referrersApi ? withApi : withoutApi).host;
  const layoutOf = ({ name }: Case): string => `oci:${join(stack, name, 'layout')}`;

  it.each(cases)('$name: $about', async (one) => {
    const { digest, repository, tag } = one;
    const ways = [
      await triangulate(`${layoutOf(one)}:${tag}`),
      await triangulate(`${layoutOf(one)}@${digest}`),
      await triangulate(`${hostOf(one)}/${repository}:${tag}`, { client }),
      await triangulate(`${hostOf(one)}/${repository}@${digest}`, { client }),
    ] as const;
    for (const way of ways) {
      expect(way.graph.digest).toBe(digest);
      expect(countsOf(way)).toEqual(expectedOf(one));
      expectComplete(way);
      expect(withoutCarrier(way)).toEqual(withoutCarrier(ways[0]));
    }
    const carriers = (way: Triangulated): readonly string[] => [
      ...new Set(
        way.graph.finds.map(({ carrier, tag: tagged }) => (tagged === undefined ? carrier : `tag ${carrier}`)),
      ),
    ];
    const list = one.referrersApi ? 'referrers-api' : 'fallback-tag';
    expect(['layout', 'tag layout']).toEqual(expect.arrayContaining([...carriers(ways[0])]));
    expect([list, 'tag tag']).toEqual(expect.arrayContaining([...carriers(ways[2])]));
  });

  it.each(cases.filter(({ children }) => children !== undefined))('$name: its platforms', async (one) => {
    for (const [index, child] of (one.children ?? []).entries()) {
      for (const name of [`${layoutOf(one)}@${child}`, `${hostOf(one)}/${one.repository}@${child}`]) {
        const found = await triangulate(name, { client });
        expect(countsOf(found)).toEqual(attachedToChildren[one.name]?.[index]);
        expectComplete(found);
      }
    }
  });

  it.each(cases.filter(({ name }) => existsSync(join(stack, name, 'saved'))))(
    '$name: as `cosign save` wrote it',
    async (one) => {
      const saved = await triangulate(`oci:${join(stack, one.name, 'saved')}`);
      expectComplete(saved);
      expect(withoutCarrier(saved)).toEqual(withoutCarrier(await triangulate(`${layoutOf(one)}:${one.tag}`)));
    },
  );

  it.each(cases.filter(({ layouts }) => Object.keys(layouts).length > 1))(
    '$name: where its signatures are',
    async (one) => {
      const folders = Object.values(one.layouts).map((folder) => openLayout(join(stack, one.name, folder)));
      const [images, signatures] = folders;
      if (images === undefined || signatures === undefined) throw new TypeError('two repositories were meant');
      // As with COSIGN_REPOSITORY: the image here, what is attached to it there.
      const both: Repository = {
        ...signatures,
        fetchManifest: (name, options) => (name === one.digest ? images : signatures).fetchManifest(name, options),
      };
      const found = await triangulate(`${layoutOf(one)}@${one.digest}`, { repository: both });
      expect(countsOf(found)).toEqual(one.format === 'bundle' ? { 'sigstore-bundle': 1 } : { 'cosign-signature': 1 });
      expectComplete(found);
    },
  );
});
