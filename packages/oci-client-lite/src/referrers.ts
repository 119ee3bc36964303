import { redactUrl } from '@sigtrail/http';
import type { Call } from './call.ts';
import type { Descriptor } from './descriptor.ts';
import { type Digest, parseDigest } from './digest.ts';
import { isOciError, OciError } from './error.ts';
import { statusError, toOciError } from './errors-from-http.ts';
import { fallbackTag } from './fallback-tag.ts';
import { parseUnchecked } from './json.ts';
import { nextPage } from './link.ts';
import { type FetchedManifest, type ImageIndex, parseManifest } from './manifest.ts';
import { baseMediaType, ociIndex } from './media-types.ts';
import { concernsOneManifest, type Place, readManifest } from './registry-content.ts';
import type { Referrer, ReferrerCarrier, Referrers, ReferrersLook, ReferrersOptions } from './repository.ts';

/** Most descriptors a list of referrers may have. */
export const maxReferrers = 1000;
const maxPages = 50;
const maxCompleted = 50;
/** Most entries of one page that are parsed at all: a list that is too long is cut, not refused with all that is in it. */
const maxParsed = 20_000;
// distribution-spec "Listing Referrers": 404 is "no such API"; the others are what registries without it answer in practice.
// Never 401, 403, 429 or 5xx: those say nothing about what is there.
const unsupportedStatuses: ReadonlySet<number> = new Set([404, 400, 405, 406, 501]);

/** Lists referrers from the API, and from the fallback tag where the API is missing or has none. @throws OciError unless `partial` */
export async function listReferrers(
  place: Place,
  digest: Digest,
  call: Call,
  { lists = 'auto', partial = false }: Pick<ReferrersOptions, 'lists' | 'partial'> = {},
): Promise<Referrers> {
  parseDigest(digest);
  const fromApi = lists === 'fallback-tag' ? undefined : settle(await listFromApi(place, digest, call), partial);
  // The tag also when the API answers "none": registries that got the API later do not always list what was pushed with the tag before.
  const asksTag = lists === 'fallback-tag' || (lists === 'auto' && fromApi?.descriptors.length === 0);
  const fromTag = asksTag ? settle(await listFromTag(place, digest, call), partial) : undefined;
  const found = [fromApi, fromTag].filter((list) => list !== undefined);
  const tagged =
    fromTag === undefined || partial ? fromTag?.descriptors : await completeAll(place, fromTag.descriptors, call);
  return {
    referrers: [
      ...asReferrers(fromApi?.descriptors ?? [], 'referrers-api'),
      ...asReferrers(tagged ?? [], 'fallback-tag'),
    ],
    looked: found.map(({ carrier, answer, error }) => ({
      carrier,
      answer,
      ...(answer === 'unknown' && error !== undefined ? { error } : {}),
    })),
  };
}

/** What could be read of one list. */
interface List extends ReferrersLook {
  readonly descriptors: readonly Descriptor[];
}

// An answer that is no list and no refusal (a web page with status 200) is how some registries say that they have no API. Whoever wants to
// know what is certain learns that this list was not read.
function settle(list: List, partial: boolean): List {
  const { answer, error } = list;
  if (error === undefined) return list;
  if (partial) return { ...list, answer: 'unknown' };
  if (answer === 'unknown') throw error;
  return list;
}

/** Descriptors with their carrier, each digest once. @throws OciError `too-large` */
export function asReferrers(descriptors: readonly Descriptor[], carrier: ReferrerCarrier): readonly Referrer[] {
  const once = distinct(descriptors);
  if (once.length > maxReferrers) throw new OciError('too-large', `more than ${maxReferrers} referrers`);
  return once.map((descriptor) => ({ descriptor, carrier }));
}

/** What a descriptor in a list of referrers has to say, hoisted from the manifest (distribution-spec "Listing Referrers"). */
export function hoist(descriptor: Descriptor, fetched: FetchedManifest): Descriptor {
  const { manifest } = fetched;
  const artifactType = manifest.artifactType ?? (manifest.kind === 'image' ? manifest.config.mediaType : undefined);
  const annotations = { ...manifest.annotations, ...descriptor.annotations };
  return {
    ...descriptor,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  };
}

async function listFromApi(place: Place, digest: Digest, call: Call): Promise<List> {
  const carrier = 'referrers-api';
  const descriptors: Descriptor[] = [];
  try {
    const answered = await readPages(place, digest, call, descriptors);
    if (answered === 'none') return { carrier, descriptors, answer: 'unsupported' };
    if (answered === 'other')
      return {
        carrier,
        descriptors,
        answer: 'unsupported',
        error: new OciError('invalid-response', 'the referrers API answered 200 with something that is no list'),
      };
    return { carrier, descriptors, answer: descriptors.length > 0 ? 'found' : 'absent' };
  } catch (thrown) {
    const error = failureOf(thrown, call);
    return { carrier, descriptors: descriptors.slice(0, maxReferrers), answer: 'unknown', error };
  }
}

/** The error of a list that is kept beside what was read; a programmer's mistake is thrown on. */
function failureOf(thrown: unknown, call: Call): OciError {
  const error = toOciError(thrown);
  if (!isOciError(error)) throw error;
  if (error.code !== 'not-found') call.annotate({ error: error.code });
  return error;
}

/** Reads all pages into `found`; says whether there is such an API at all. */
async function readPages(
  place: Place,
  digest: Digest,
  call: Call,
  found: Descriptor[],
): Promise<'list' | 'none' | 'other'> {
  const seen = new Set<string>();
  const digests = new Set<string>();
  let path: string | undefined = `/v2/${place.repository}/referrers/${digest}`;
  while (path !== undefined) {
    if (seen.has(path)) throw new OciError('invalid-response', 'the pages of referrers form a loop');
    if (seen.size >= maxPages) throw new OciError('too-large', `more than ${maxPages} pages of referrers`);
    seen.add(path);
    const response = await place.registry.send(
      { repository: place.repository, path, accept: ociIndex, maxBytes: place.maxManifestBytes },
      call,
    );
    const first = seen.size === 1;
    if (first && unsupportedStatuses.has(response.status)) return 'none';
    if (response.status !== 200) {
      const error = statusError(response, `referrers of ${digest}`);
      // A missing second page is not "nothing there".
      throw error.code === 'not-found'
        ? new OciError('invalid-response', error.message, { status: error.status, url: error.url })
        : error;
    }
    const index = readPage(response.body, response.headers['content-type']?.[0], redactUrl(response.url));
    if (index === undefined) {
      if (first) return 'other';
      throw new OciError('invalid-response', 'a page of referrers is not an index', { url: redactUrl(response.url) });
    }
    for (const descriptor of index.manifests) {
      if (digests.has(descriptor.digest)) continue;
      digests.add(descriptor.digest);
      found.push(descriptor);
    }
    if (found.length > maxReferrers) throw new OciError('too-large', `more than ${maxReferrers} referrers`);
    path = nextPage(response.headers['link'] ?? [], response.url, path);
  }
  return 'list';
}

// `undefined`: something answers 200 here that is no referrers API (a web page, a proxy's JSON).
function readPage(body: Uint8Array, contentType: string | undefined, url: string): ImageIndex | undefined {
  const declared = baseMediaType(contentType);
  if (declared !== ociIndex && !(declared === undefined || declared === 'application/json')) return undefined;
  if (declared !== ociIndex && !claimsIndex(body)) return undefined;
  try {
    const manifest = parseManifest(body, { declared: ociIndex, url, maxDescriptors: maxParsed });
    return manifest.kind === 'index' ? manifest : undefined;
  } catch (error) {
    if (!isOciError(error) || error.code === 'too-large') throw error;
    throw new OciError('invalid-response', `the list of referrers is malformed: ${error.message}`, {
      url,
      cause: error,
    });
  }
}

function claimsIndex(body: Uint8Array): boolean {
  try {
    const value = parseUnchecked(body, 'invalid-response', 'list of referrers');
    return typeof value === 'object' && value !== null && 'mediaType' in value && value.mediaType === ociIndex;
  } catch {
    return false; // not JSON: not an index
  }
}

async function listFromTag(place: Place, digest: Digest, call: Call): Promise<List> {
  const carrier = 'fallback-tag';
  try {
    const { manifest, mediaType } = await readManifest(place, fallbackTag(digest), call);
    if (manifest.kind !== 'index')
      throw new OciError('invalid-response', 'the fallback tag for referrers is not an index', { actual: mediaType });
    const descriptors = distinct(manifest.manifests);
    if (descriptors.length > maxReferrers)
      return {
        carrier,
        descriptors: descriptors.slice(0, maxReferrers),
        answer: 'unknown',
        error: new OciError('too-large', `more than ${maxReferrers} referrers`),
      };
    return { carrier, descriptors, answer: descriptors.length > 0 ? 'found' : 'absent' };
  } catch (thrown) {
    const error = failureOf(thrown, call);
    if (error.code === 'not-found') return { carrier, descriptors: [], answer: 'absent' };
    return { carrier, descriptors: [], answer: 'unknown', error };
  }
}

/** Each digest once, in order. */
export function distinct(descriptors: readonly Descriptor[]): readonly Descriptor[] {
  const byDigest = new Map<string, Descriptor>();
  for (const descriptor of descriptors)
    if (!byDigest.has(descriptor.digest)) byDigest.set(descriptor.digest, descriptor);
  return [...byDigest.values()];
}

// Older cosign and ggcr wrote fallback entries without artifactType, and nobody repairs them.
async function completeAll(
  place: Place,
  descriptors: readonly Descriptor[],
  call: Call,
): Promise<readonly Descriptor[]> {
  const completed: Descriptor[] = [];
  let read = 0;
  for (const descriptor of descriptors) {
    if (descriptor.artifactType !== undefined || read >= maxCompleted) {
      completed.push(descriptor);
      continue;
    }
    read += 1;
    try {
      completed.push(hoist(descriptor, await readManifest(place, descriptor.digest, call)));
    } catch (error) {
      if (!concernsOneManifest(error)) throw error;
      completed.push(descriptor); // one bad referrer must not hide the good ones beside it
    }
  }
  return completed;
}
