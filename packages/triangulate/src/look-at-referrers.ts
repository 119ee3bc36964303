import type { FetchedManifest, Referrer } from 'oci-client-lite';
import { artifactTypeOf, classifyDescriptor, type Classified, classifyReferrer } from './classify.ts';
import { type Failure, failureOf } from './failure.ts';
import { fetchContents } from './fetch-contents.ts';
import { type FoundManifest, toFind, toFinds } from './find.ts';
import { listReferrers } from './list-referrers.ts';
import { type Looked, maxEntries, type Search } from './search.ts';
import type { Find, FindKind, Location } from './triangulation.ts';
import { withinBudget } from './within-budget.ts';

/** Bytes of manifests read of one list. An honest one has some 1 to 100 KiB. */
const maxManifestBytes = 64 * 1024 * 1024;
/** A list may be a little wrong about a size; the bytes are known by their digest. */
const leastManifestCap = 64 * 1024;

/** Looks at everything that refers to the digest: bundles, experimental signatures, attestations, and whatever else there is. */
export async function lookAtReferrers(search: Search): Promise<Looked> {
  const { referrers, locations } = await listReferrers(search);
  const entries = await readManifests(search, referrers);
  const withRoom = withinBudget(entries, ({ classified }) => classified?.layers.length ?? 0, maxEntries);
  const finds = entries.flatMap((entry) => findsOf(search, entry, withRoom.has(entry)));
  return { finds: await fetchContents(search, finds), locations: admitGaps(locations, finds) };
}

/** A referrer, with as much as had to be read of it. */
interface Entry extends Referrer {
  /** By its descriptor; `undefined` when that doesn't tell. */
  readonly listedKind: FindKind | undefined;
  readonly fetched?: FetchedManifest;
  readonly classified?: Classified;
  readonly failure?: Failure;
}

async function readManifests(search: Search, referrers: readonly Referrer[]): Promise<readonly Entry[]> {
  const entries = referrers.map(
    (referrer): Entry => ({ ...referrer, listedKind: classifyDescriptor(referrer.descriptor) }),
  );
  const toRead = entries.filter(({ listedKind }) => listedKind === undefined || search.wanted.has(listedKind));
  const affordable = withinBudget(toRead, ({ descriptor }) => descriptor.size, maxManifestBytes);
  return Promise.all(
    entries.map(async (entry) => {
      if (affordable.has(entry)) return await readManifest(search, entry);
      if (!toRead.includes(entry)) return entry;
      return { ...entry, failure: { code: 'too-large', message: `more than ${maxManifestBytes} bytes of manifests` } };
    }),
  );
}

async function readManifest({ repository, reader }: Search, entry: Entry): Promise<Entry> {
  const { digest, size } = entry.descriptor;
  try {
    const maxBytes = Math.max(size, leastManifestCap);
    const fetched = await reader.read((options) => repository.fetchManifest(digest, { ...options, maxBytes }));
    const { manifest } = fetched;
    const nothing: Classified = { kind: 'unknown-referrer', layers: [] };
    return { ...entry, fetched, classified: manifest.kind === 'image' ? classifyReferrer(manifest) : nothing };
  } catch (error) {
    return { ...entry, failure: failureOf(error) };
  }
}

function findsOf(search: Search, entry: Entry, hasRoom: boolean): readonly Find[] {
  const found = foundOf(entry);
  if (entry.failure !== undefined) {
    // Listed and not there is damage, not absence.
    const { code, message } = entry.failure;
    return [toFind(search, found, { code, message })];
  }
  const layers = entry.classified?.layers ?? [];
  if (!hasRoom) return [toFind(search, found, { code: 'too-large', message: `more than ${maxEntries} layers` })];
  return layers.length === 0 ? [toFind(search, found)] : toFinds(search, found, layers);
}

function foundOf({ descriptor, carrier, listedKind, fetched, classified }: Entry): FoundManifest {
  const manifest = fetched?.manifest;
  return {
    kind: classified?.kind ?? listedKind ?? 'unknown-referrer',
    carrier,
    manifestDigest: descriptor.digest,
    artifactType:
      manifest === undefined
        ? descriptor.artifactType
        : manifest.kind === 'image'
          ? artifactTypeOf(manifest)
          : manifest.artifactType,
    // The manifest's own are bound to its digest; the list's are whatever the list says.
    annotations: manifest === undefined ? descriptor.annotations : manifest.annotations,
  };
}

/** A list with an entry that could be anything and could not be read has not been read whole. */
function admitGaps(locations: readonly Location[], finds: readonly Find[]): readonly Location[] {
  return locations.map((location) => {
    const gaps = finds.filter(
      ({ kind, carrier, unread }) => kind === 'unknown-referrer' && carrier === location.kind && unread !== undefined,
    );
    const [first] = gaps;
    if (location.answer !== 'found' || first?.unread === undefined) return location;
    const { code, message } = first.unread;
    return {
      ...location,
      answer: 'unknown',
      code,
      message: `${gaps.length} of its entries could not be read: ${first.manifestDigest}: ${message}`,
    };
  });
}
