import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  createOciClient,
  digestOf,
  type FetchedManifest,
  type OciClient,
  parseManifest,
  type Repository,
} from 'oci-client-lite';
import { EMPTY_CONFIG, type FakeRegistry, fallbackTagOf, indexOf, MEDIA_TYPE, startRegistry } from '@sigtrail/testing';
import { gapsOf, signatureTag, triangulate, type Triangulation } from '@sigtrail/triangulate';
import type { Figure } from '../show/figure.ts';
import { readWildFixtures, type WildFixture } from './wild-fixture.ts';

/** One thing that others published, and how it was found. */
export interface WildLayout {
  readonly fixture: string;
  readonly through: 'referrers-api' | 'fallback-tag' | 'tag' | 'layout';
  readonly expected: string;
  readonly found: string;
}

/** Looks for artifacts attached to other people's images. */
export async function findWildLayouts(fixtures: string): Promise<readonly WildLayout[]> {
  if (!existsSync(join(fixtures, 'index.json'))) return [];
  const rows: WildLayout[] = [];
  const registry = await startRegistry();
  const client = createOciClient({ dockerConfig: false });
  try {
    for (const fixture of readWildFixtures(fixtures)) rows.push(...(await findFixture(registry, client, fixture)));
  } finally {
    await client.close();
    await registry.close();
  }
  for (const name of readdirSync(fixtures).filter((one) => one.startsWith('att-')))
    rows.push(await findSaved(fixtures, name));
  return rows;
}

async function findFixture(
  registry: FakeRegistry,
  client: OciClient,
  { name, imageDigest, layers, bundle }: WildFixture,
): Promise<readonly WildLayout[]> {
  const digest = imageDigest as `sha256:${string}`;
  const look = async (reader = client): Promise<Triangulation> => {
    const repository = reader.repository(`${registry.host}/${name}`);
    return (await triangulate(`${registry.host}/${name}@${digest}`, { repository: withImage(repository, digest) }))
      .graph;
  };
  if (layers.length > 0) {
    registry.putBlob(name, EMPTY_CONFIG.bytes);
    const parts = layers.map(({ payload, annotations }) => {
      registry.putBlob(name, payload);
      return {
        mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json',
        digest: digestOf(payload),
        size: payload.length,
        annotations,
      };
    });
    const config = {
      mediaType: EMPTY_CONFIG.mediaType,
      digest: digestOf(EMPTY_CONFIG.bytes),
      size: EMPTY_CONFIG.bytes.length,
    };
    const manifest = { schemaVersion: 2, mediaType: MEDIA_TYPE.manifest, config, layers: parts };
    registry.putManifest(name, Buffer.from(JSON.stringify(manifest)), MEDIA_TYPE.manifest, signatureTag(digest));
    return [row(name, 'tag', `${layers.length} cosign-signature by tag`, await look())];
  }
  if (bundle?.manifest === undefined) return [];
  registry.putBlob(name, bundle.bytes);
  registry.putManifest(name, bundle.manifest, MEDIA_TYPE.manifest);
  const byApi = row(name, 'referrers-api', '1 sigstore-bundle by referrers-api', await look());
  // As cosign 3.0 wrote it on a registry without the API: an entry that says nothing of what it lists.
  registry.configure({ referrersApi: false });
  // A client remembers that there was an API.
  await using old = freshClient();
  const entry = {
    mediaType: MEDIA_TYPE.manifest,
    digest: digestOf(bundle.manifest),
    size: bundle.manifest.length,
    artifactType: 'application/vnd.oci.empty.v1+json',
  };
  registry.putManifest(name, indexOf([entry]), MEDIA_TYPE.index, fallbackTagOf(digest));
  const byTag = row(name, 'fallback-tag', '1 sigstore-bundle by fallback-tag', await look(old.client));
  registry.configure({ referrersApi: true });
  return [byApi, byTag];
}

function freshClient(): AsyncDisposable & { readonly client: OciClient } {
  const client = createOciClient({ dockerConfig: false });
  return { client, [Symbol.asyncDispose]: () => client.close() };
}

/** What `cosign save` wrote: the attestations are known by a `kind` annotation. */
async function findSaved(fixtures: string, name: string): Promise<WildLayout> {
  const directory = join(fixtures, name);
  const { manifests } = JSON.parse(readFileSync(join(directory, 'index.json'), 'utf8')) as {
    readonly manifests: readonly { readonly digest: string; readonly annotations?: Readonly<Record<string, string>> }[];
  };
  const saved = manifests.find(({ annotations }) => annotations?.['kind'] === 'dev.cosignproject.cosign/atts');
  const manifest = JSON.parse(
    readFileSync(join(directory, 'blobs', (saved?.digest ?? '').replace(':', '/')), 'utf8'),
  ) as { readonly layers: readonly unknown[] };
  const { graph } = await triangulate(`oci:${directory}`);
  // BuildKit's own attestations stand beside them in the index.
  const built = graph.manifests.filter(({ role }) => role === 'attestation-manifest').length;
  const expected = [
    `${manifest.layers.length} cosign-attestation by layout`,
    ...(built === 0 ? [] : [`${built} buildkit-attestation by index`]),
  ];
  return row(name, 'layout', expected.join(', '), graph);
}

/** The images themselves were mostly not kept: only their digests are known. */
function withImage(repository: Repository, digest: FetchedManifest['digest']): Repository {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPE.index, manifests: [] }));
  const image = { digest, mediaType: MEDIA_TYPE.index, size: bytes.length, bytes, manifest: parseManifest(bytes) };
  return {
    ...repository,
    fetchManifest: (name, options) =>
      name === digest ? Promise.resolve(image) : repository.fetchManifest(name, options),
  };
}

function row(fixture: string, through: WildLayout['through'], expected: string, graph: Triangulation): WildLayout {
  const counts = new Map<string, number>();
  for (const { kind, carrier, unread } of graph.finds) {
    const what = `${kind} by ${carrier}${unread === undefined ? '' : ` unread: ${unread.code}`}`;
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  const gaps = gapsOf(graph).map((gap) => (gap.kind === 'location' ? `gap at ${gap.location.kind}` : ''));
  const found = [...[...counts].map(([what, count]) => `${count} ${what}`), ...gaps.filter((gap) => gap !== '')].join(
    ', ',
  );
  return { fixture, through, expected, found };
}

/** One line for each place where others keep signatures. */
export async function* showWildLayouts(fixtures: string): AsyncGenerator<Figure> {
  const rows = await findWildLayouts(fixtures);
  if (rows.length === 0) {
    yield { name: 'wild layouts', value: 'skipped: they are not here', passed: true };
    return;
  }
  for (const through of ['tag', 'referrers-api', 'fallback-tag', 'layout'] as const) {
    const here = rows.filter((one) => one.through === through);
    const lost = here.filter(({ expected, found }) => expected !== found);
    yield {
      name: `wild layouts by ${through}`,
      value: `${here.length - lost.length} of ${here.length} found${lost.map(({ fixture, expected, found }) => `; ${fixture}: ${found}, not ${expected}`).join('')}`,
      passed: here.length > 0 && lost.length === 0,
    };
  }
}
