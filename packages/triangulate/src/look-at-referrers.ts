import type { FetchedManifest, Referrer } from 'oci-client-lite';
import { artifactTypeOf, classifyDescriptor, type Classified, classifyReferrer, type PlacedLayer } from './classify.ts';
import { type Failure, failureOf } from './failure.ts';
import { fetchContents } from './fetch-contents.ts';
import { type FoundManifest, toFind, toFinds } from './find.ts';
import { listReferrers, type ReferrersList } from './list-referrers.ts';
import { readManifest } from './read-manifest.ts';
import { isStatement } from './predicate-type.ts';
import { type AttestationLead, type FoundAt, type Looked, maxEntries, type Search } from './search.ts';
import type { Find, FindKind, Location, ManifestNode } from './triangulation.ts';
import { withinBudget } from './within-budget.ts';

/** Bytes of manifests read of one list. An honest one has some 1 to 100 KiB. */
const maxManifestBytes = 64 * 1024 * 1024;

/**
 * Looks at everything that refers to the digest: bundles, experimental signatures, attestations, and whatever else there is.
 *
 * The API and the fallback tag are both asked, at the same time, each for itself: registries that got the API later don't always list what
 * was pushed with the tag before, and where there is no API the tag's answer has not to wait for the refusal.
 */
export async function lookAtReferrers(search: Search): Promise<Looked> {
  const lists: readonly ReferrersList[] =
    search.repository.kind === 'layout' ? ['layout'] : ['referrers-api', 'fallback-tag'];
  return joined(await Promise.all(lists.map(async (list) => lookAtList(search, list))));
}

/**
 * Looks at what refers to an attestation manifest, in one request where the registry has the API: an index has one such manifest for each platform. The
 * fallback tag is only asked where the API gave no answer.
 */
export async function lookAtSignatures(search: Search): Promise<Looked> {
  if (search.repository.kind === 'layout') return lookAtList(search, 'layout');
  const api = await lookAtList(search, 'referrers-api');
  if (api.locations.every(({ answer }) => answer === 'found' || answer === 'absent')) return api;
  return joined([api, await lookAtList({ ...search, after: search.after + 1 }, 'fallback-tag')]);
}

function joined(looked: readonly Looked[]): Looked {
  return {
    finds: looked.flatMap(({ finds }) => finds),
    locations: eachOnce(looked.flatMap(({ locations }) => locations)),
    nodes: looked.flatMap(({ nodes = [] }) => nodes),
  };
}

async function lookAtList(search: Search, list: ReferrersList): Promise<Looked> {
  const { referrers, locations, step } = await listReferrers(search, list);
  const entries = await readManifests(search, referrers, step);
  const withRoom = withinBudget(entries, (entry) => layersOfEntry(search, entry).length, maxEntries);
  const found = entries.flatMap((entry) => findsOf(search, entry, withRoom.has(entry)));
  const finds = (await fetchContents(search, found)).map((find) => asRead(search, find));
  return withAttestationManifests(search, entries, { finds, locations: admitGaps(locations, finds) });
}

/** A media type promised a statement, and the bytes are an envelope around one. */
function asRead({ contents }: Search, find: Find): Find {
  const bytes = find.kind === 'attestation-statement' ? contents.get(find.layer?.digest ?? '') : undefined;
  return bytes === undefined || isStatement(bytes) ? find : { ...find, kind: 'dsse-attestation' };
}

/** What is behind those referrers that list statements: BuildKit's attestation manifests in their artifact form, and those of Docker Hardened Images. */
async function withAttestationManifests(
  search: Search,
  entries: readonly Entry[],
  { finds, locations }: Looked,
): Promise<Looked> {
  const { behind } = search;
  if (behind === undefined) return { finds, locations };
  const leads = entries.flatMap((entry) => {
    const kind = finds.find(({ manifestDigest }) => manifestDigest === entry.descriptor.digest)?.kind;
    if (kind !== 'buildkit-attestation' && kind !== 'attestation-statement') return [];
    return [{ lead: leadOf(search, entry, kind), step: entry.step }];
  });
  const looked = await Promise.all(leads.map(async ({ lead, step }) => ({ lead, ...(await behind(lead, step)) })));
  const read = new Set(looked.flatMap(({ lead, isRead }) => (isRead ? [lead.entry.digest] : [])));
  return {
    finds: [...finds.filter(({ manifestDigest }) => !read.has(manifestDigest)), ...looked.flatMap((one) => one.finds)],
    locations: [...locations, ...looked.flatMap((one) => one.locations)],
    nodes: looked.map(({ lead }) => nodeOf(lead)),
  };
}

function leadOf({ repository, digest }: Search, entry: Entry, kind: AttestationLead['kind']): AttestationLead {
  const { artifactType } = foundOf(entry);
  return { entry: entry.descriptor, about: digest, kind, carrier: entry.carrier, repository, artifactType };
}

/** An attestation manifest that no index lists. */
export function nodeOf({ entry: { digest, mediaType, size }, about }: AttestationLead): ManifestNode {
  return { digest, mediaType, size, role: 'attestation-manifest', about, looked: true };
}

/** A referrer, with as much as had to be read of it. */
interface Entry extends Referrer {
  /** By its descriptor; `undefined` when that doesn't tell. */
  readonly listedKind: FindKind | undefined;
  readonly step: number;
  readonly fetched?: FetchedManifest;
  readonly classified?: Classified;
  readonly failure?: Failure;
}

async function readManifests(search: Search, referrers: readonly Referrer[], step: number): Promise<readonly Entry[]> {
  const entries = referrers.map(
    (referrer): Entry => ({ ...referrer, step, listedKind: classifyDescriptor(referrer.descriptor) }),
  );
  const toRead = new Set(entries.filter(({ listedKind }) => listedKind === undefined || search.wanted.has(listedKind)));
  const affordable = withinBudget([...toRead], ({ descriptor }) => descriptor.size, maxManifestBytes);
  return Promise.all(
    entries.map(async (entry) => {
      if (affordable.has(entry)) return await readEntry(search, entry);
      if (!toRead.has(entry)) return entry;
      return {
        ...entry,
        failure: {
          code: 'too-large',
          message: `the listed manifests have more than ${maxManifestBytes} bytes together; those above are not read`,
        },
      };
    }),
  );
}

async function readEntry(search: Search, entry: Entry): Promise<Entry> {
  try {
    const { value: fetched, step } = await readManifest(search, entry.descriptor, entry.step);
    const { manifest } = fetched;
    const nothing: Classified = { kind: 'unknown-referrer', layers: [] };
    return { ...entry, step, fetched, classified: manifest.kind === 'image' ? classifyReferrer(manifest) : nothing };
  } catch (error) {
    return { ...entry, failure: failureOf(error) };
  }
}

function findsOf(search: Search, entry: Entry, hasRoom: boolean): readonly FoundAt[] {
  const found = foundOf(entry);
  const at = (find: Find): FoundAt => ({ find, step: entry.step });
  if (entry.failure !== undefined) {
    // Listed and not there is damage, not absence.
    const { code, message } = entry.failure;
    return [at(toFind(search, found, { code, message }))];
  }
  const layers = layersOfEntry(search, entry);
  if (!hasRoom)
    return [
      at(
        toFind(search, found, {
          code: 'too-large',
          message: `the listed manifests have more than ${maxEntries} layers together; those above are not read`,
        }),
      ),
    ];
  return layers.length === 0 ? [at(toFind(search, found))] : toFinds(search, found, layers).map(at);
}

/** Of a kind that is not ours, the layers are only of interest to those who want to see everything. */
function layersOfEntry({ wanted }: Search, { classified, fetched }: Entry): readonly PlacedLayer[] {
  if (classified?.kind !== 'unknown-referrer' || !wanted.has('unknown-referrer')) return classified?.layers ?? [];
  const { manifest } = fetched ?? {};
  return manifest?.kind === 'image' ? manifest.layers.map((layer, layerIndex) => ({ layer, layerIndex })) : [];
}

function foundOf({ descriptor, carrier, listedKind, fetched, classified }: Entry): FoundManifest {
  const manifest = fetched?.manifest;
  return {
    kind: classified?.kind ?? listedKind ?? 'unknown-referrer',
    carrier,
    manifestDigest: descriptor.digest,
    subject: manifest?.subject?.digest,
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

/** A custom repository may answer for both lists at once; an answer that is "unknown", or only from a mirror, decides. */
function eachOnce(locations: readonly Location[]): readonly Location[] {
  const byPlace = new Map<string, Location>();
  for (const location of locations) {
    const place = `${location.kind} ${location.name}`;
    const known = byPlace.get(place);
    const isLess = location.answer === 'unknown' || (location.mirror !== undefined && known?.answer !== 'unknown');
    if (known === undefined || isLess) byPlace.set(place, location);
  }
  return [...byPlace.values()];
}
