import {
  createOciClient,
  type Digest,
  type FetchedManifest,
  layoutRoot,
  openLayout,
  parseDigest,
  type Repository,
} from 'oci-client-lite';
import { type ImageLocator, parseImageLocator } from './locator.ts';
import { lookAtReferrers } from './look-at-referrers.ts';
import { lookAtTag, tagPlaces } from './look-at-tag.ts';
import { parseOptions, type Settings, type TriangulateOptions } from './options.ts';
import { createReader, type Reader } from './reader.ts';
import { type Looked, type Search, wantedKinds } from './search.ts';
import type { Find, Triangulated } from './triangulation.ts';

/**
 * Finds everything that is attached to an image, in every layout anyone writes, and says where and how it looked.
 *
 * The reference is resolved once; all places are then asked at the same time (and at the same time as the image, where the reference has a
 * digest). A place that can't be read is `unknown` and takes nothing away from the others; only the image itself must be readable. What
 * is found is a lead: its bytes have the digests they are listed under, and nothing else about them is verified.
 *
 * @param reference - `registry/repository[:tag][@digest]`, or `oci:DIRECTORY[:tag][@digest]` for an OCI layout
 * @throws OciError `not-found` for an image that isn't there, `invalid-reference`, `invalid-digest`, and whatever resolving it can throw;
 * TypeError for options that are unknown or malformed
 * @example
 * ```ts
 * const { graph } = await triangulate('ghcr.io/acme/app:1.4');
 * graph.finds.map(({ kind, carrier }) => `${kind} by ${carrier}`);
 * graph.locations.filter(({ answer }) => answer === 'unknown'); // empty: nothing was overlooked
 * ```
 */
export async function triangulate(reference: string, options: TriangulateOptions = {}): Promise<Triangulated> {
  const settings = parseOptions(options);
  const locator = parseImageLocator(reference);
  if (settings.repository !== undefined) return await triangulateIn(settings.repository, reference, locator, settings);
  if (locator.kind === 'layout')
    return await triangulateIn(openLayout(locator.directory), reference, locator, settings);
  const client = settings.client ?? createOciClient();
  try {
    return await triangulateIn(client.repository(locator.reference), reference, locator, settings);
  } finally {
    if (settings.client === undefined) await client.close();
  }
}

async function triangulateIn(
  repository: Repository,
  reference: string,
  locator: ImageLocator,
  settings: Settings,
): Promise<Triangulated> {
  const reader = createReader(settings.timeoutMs, settings.signal);
  const searchFor = (digest: Digest): Search => ({
    repository,
    reader,
    digest,
    wanted: wantedKinds(settings.want),
    fetch: settings.fetch,
    maxBundleBytes: settings.maxBundleBytes,
    contents: new Map(),
    fetching: new Map(),
  });
  const { image, search, looked } = await resolveAndLook(repository, locator, reader, searchFor);
  const { digest, mediaType, size } = image;
  return {
    graph: {
      reference,
      repository: repository.name,
      pinned: `${repository.name}@${digest}`,
      digest,
      mediaType,
      size,
      finds: distinct(looked.flatMap(({ finds }) => finds)),
      locations: looked.flatMap(({ locations }) => locations),
      transcript: reader.transcript,
    },
    image,
    contents: search.contents,
  };
}

interface Resolved {
  readonly image: FetchedManifest;
  readonly search: Search;
  readonly looked: readonly Looked[];
}

async function resolveAndLook(
  repository: Repository,
  locator: ImageLocator,
  reader: Reader,
  searchFor: (digest: Digest) => Search,
): Promise<Resolved> {
  const { digest: named, tag } = locator.kind === 'layout' ? locator : locator.reference;
  if (named === undefined) {
    const image = await reader.read((options) =>
      tag === undefined ? layoutRoot(repository, options) : repository.fetchManifest(tag, options),
    );
    const search = searchFor(image.digest);
    return { image, search, looked: await lookEverywhere(search) };
  }
  const digest = parseDigest(named);
  // The places follow from the digest alone, so nothing has to wait for the image.
  const search = searchFor(digest);
  const fetching = reader.read((options) => repository.fetchManifest(digest, options));
  fetching.catch(() => reader.stop()); // thrown below; what is still being read for it is of no use
  const [image, looked] = await Promise.allSettled([fetching, lookEverywhere(search)]);
  if (image.status === 'rejected') throw image.reason as Error;
  if (looked.status === 'rejected') throw looked.reason as Error;
  return { image: image.value, search, looked: looked.value };
}

function lookEverywhere(search: Search): Promise<readonly Looked[]> {
  const tags = tagPlaces.filter(({ holds }) => search.wanted.has(holds));
  return Promise.all([...tags.map((place) => lookAtTag(search, place)), lookAtReferrers(search)]);
}

/** One manifest can be found in two places (a signature with a tag and a `subject`); the first counts. */
function distinct(finds: readonly Find[]): readonly Find[] {
  const byId = new Map<string, Find>();
  for (const find of finds) if (!byId.has(find.id)) byId.set(find.id, find);
  return [...byId.values()];
}
