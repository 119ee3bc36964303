import { redactUrl } from '@sigtrail/http';
import type { Call } from './call.ts';
import type { Descriptor } from '../content/descriptor.ts';
import type { Digest } from '../reference/digest.ts';
import { isOciError, OciError } from '../error.ts';
import { cacheSignOf } from './cache-sign.ts';
import { isWebPage, readRegistryCodes, statusError } from './errors-from-http.ts';
import { parseUnchecked } from '../content/json.ts';
import { nextPage } from './link.ts';
import { type EntryList, parseEntryList } from '../content/manifest.ts';
import { baseMediaType, ociIndex, saysNothing } from '../content/media-types.ts';
import type { ListingPlace } from '../listings/shared-listings.ts';
import type { Place } from '../place.ts';
import { lookAtListing } from './registry-content.ts';
import type { RegistryResponse } from './registry.ts';
import { failureOf, type List, malformedEntries, maxReferrers } from './referrers-list.ts';

const maxPages = 50;
/** The most entries of a page that are parsed: a longer list is cut and counts as incomplete, rather than being refused as a whole. */
const maxParsed = 20_000;
// distribution-spec "Listing Referrers": 404 means "no such API"; registries without the API also answer the others in practice.
// Never 401, 403, 429 or 5xx: those say nothing about what is there.
const unsupportedStatuses: ReadonlySet<number> = new Set([404, 400, 405, 406, 501]);

/** Lists referrers by the API (distribution-spec "Listing Referrers"). */
export async function listFromApi(
  place: Place,
  digest: Digest,
  artifactType: string | undefined,
  call: Call,
): Promise<List> {
  const carrier = 'referrers-api';
  const descriptors: Descriptor[] = [];
  const malformed: string[] = [];
  let first: RegistryResponse | undefined;
  const answerOf = (answer: 'absent' | 'unsupported'): List => {
    const maybeCache = first === undefined ? undefined : cacheSignOf(first.headers, first.url, answer);
    return { carrier, descriptors, answer, ...(maybeCache === undefined ? {} : { maybeCache }) };
  };
  const onFirst = (response: RegistryResponse): void => {
    first = response;
  };
  try {
    const { name, registry, repository } = place;
    const question = ['referrers', digest, artifactType ?? ''];
    const listing = await place.listings.open({ name, registry, repository }, question, call);
    const shared = readListed(listing);
    if (shared !== undefined) {
      lookAtListing(place, `/v2/${repository}/referrers/${digest}`, shared.ageMs, call);
      return { carrier, answer: 'found', ...shared };
    }
    const answered = await readPages(place, digest, artifactType, call, { descriptors, malformed, onFirst });
    if (answered === 'none') return answerOf('unsupported');
    if (answered === 'list') place.referrersApis.set(place.name, true);
    if (answered === 'other')
      return {
        carrier,
        descriptors,
        answer: 'unsupported',
        error: new OciError(
          'invalid-response',
          'the referrers API answered with something that is neither a list nor a refusal',
        ),
      };
    const error = malformedEntries(malformed, descriptors.length);
    if (error !== undefined) return { carrier, descriptors, answer: 'unknown', error };
    if (descriptors.length === 0) return answerOf('absent');
    await listing?.keep({ schemaVersion: 2, mediaType: ociIndex, manifests: descriptors });
    return { carrier, descriptors, answer: 'found' };
  } catch (thrown) {
    const error = failureOf(thrown, call);
    return { carrier, descriptors: descriptors.slice(0, maxReferrers), answer: 'unknown', error };
  }
}

/** The list that another process got, if all of it can be read and it is not empty. */
function readListed(
  listing: ListingPlace | undefined,
): (Pick<List, 'descriptors'> & { readonly ageMs: number }) | undefined {
  if (listing?.known === undefined) return undefined;
  const { answer, ageMs } = listing.known;
  try {
    const bytes = new TextEncoder().encode(JSON.stringify(answer));
    const { entries, malformed } = parseEntryList(bytes, { declared: ociIndex, maxDescriptors: maxReferrers });
    return entries.length > 0 && malformed.length === 0 ? { descriptors: entries, ageMs } : undefined;
  } catch (error) {
    if (!isOciError(error)) throw error;
    return undefined;
  }
}

/** Reads all pages into `found`; returns whether there is such an API at all. */
async function readPages(
  place: Place,
  digest: Digest,
  artifactType: string | undefined,
  call: Call,
  found: {
    readonly descriptors: Descriptor[];
    readonly malformed: string[];
    readonly onFirst: (response: RegistryResponse) => void;
  },
): Promise<'list' | 'none' | 'other'> {
  const seen = new Set<string>();
  const digests = new Set<string>();
  const query = artifactType === undefined ? '' : `?artifactType=${encodeURIComponent(artifactType)}`;
  let path: string | undefined = `/v2/${place.repository}/referrers/${digest}${query}`;
  while (path !== undefined) {
    if (seen.has(path)) throw new OciError('invalid-response', 'the pages of referrers form a loop');
    if (seen.size >= maxPages) throw new OciError('too-large', `more than ${maxPages} pages of referrers`);
    seen.add(path);
    const response = await place.registry.send(
      { repository: place.repository, path, accept: ociIndex, maxBytes: place.maxManifestBytes },
      call,
    );
    const first = seen.size === 1;
    if (first) found.onFirst(response);
    if (first && isWithoutApi(response, place)) return isWebPage(response) ? 'other' : 'none';
    if (response.status !== 200) {
      const error = statusError(response, `referrers of ${digest}`);
      // A missing second page is not "nothing there".
      throw error.code === 'not-found'
        ? new OciError('invalid-response', error.message, { status: error.status, url: error.url })
        : error;
    }
    const list = readPage(response.body, response.headers['content-type']?.[0], redactUrl(response.url));
    if (list === undefined) {
      if (first) return 'other';
      throw new OciError('invalid-response', 'a page of referrers is not an index', { url: redactUrl(response.url) });
    }
    for (const descriptor of list.entries) {
      if (digests.has(descriptor.digest)) continue;
      digests.add(descriptor.digest);
      found.descriptors.push(descriptor);
    }
    found.malformed.push(...list.malformed);
    if (found.descriptors.length + found.malformed.length > maxReferrers)
      throw new OciError('too-large', `more than ${maxReferrers} referrers`);
    path = nextPage(response.headers['link'] ?? [], response.url, path);
  }
  return 'list';
}

// A registry that has answered here before has the API: what it says now means that some part of it fails, never that nothing is there.
function isWithoutApi(response: RegistryResponse, place: Place): boolean {
  if (!unsupportedStatuses.has(response.status)) return false;
  // "Denied" with the status of "not here" says nothing about the API, nor about what it would list.
  const refusal = statusError(response, 'referrers');
  if (['unauthorized', 'denied', 'rate-limited'].includes(refusal.code)) throw refusal;
  if (!place.referrersApis.has(place.name) || readRegistryCodes(response.body).includes('NAME_UNKNOWN')) return true;
  throw new OciError('invalid-response', `the referrers API has answered before, and now ${response.status}`, {
    status: response.status,
    url: redactUrl(response.url),
  });
}

// `undefined`: the answer with status 200 is not from a referrers API (a web page, a proxy's JSON).
function readPage(body: Uint8Array, contentType: string | undefined, url: string): EntryList | undefined {
  const declared = baseMediaType(contentType);
  if (declared !== ociIndex && !((declared === undefined || saysNothing(declared)) && claimsIndex(body)))
    return undefined;
  try {
    return parseEntryList(body, { declared: ociIndex, url, maxDescriptors: maxParsed });
  } catch (error) {
    if (!isOciError(error) || error.code === 'too-large') throw error;
    throw new OciError('invalid-response', `the list of referrers is malformed: ${error.message}`, {
      url,
      cause: error,
    });
  }
}

// If the Content-Type names no type, the body must: by its media type or, as OCI 1.0 allowed, by its version and its list.
function claimsIndex(body: Uint8Array): boolean {
  try {
    const value = parseUnchecked(body, 'invalid-response', 'list of referrers');
    if (typeof value !== 'object' || value === null) return false;
    const { mediaType, schemaVersion, manifests } = value as Readonly<Record<string, unknown>>;
    return mediaType === ociIndex || (mediaType === undefined && schemaVersion === 2 && Array.isArray(manifests));
  } catch {
    return false; // not JSON: not an index
  }
}
