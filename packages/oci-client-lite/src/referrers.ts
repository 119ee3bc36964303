import { redactUrl } from '@sigtrail/http';
import type { Call } from './call.ts';
import type { Descriptor } from './descriptor.ts';
import { type Digest, parseDigest } from './digest.ts';
import { isOciError, OciError } from './error.ts';
import { statusError } from './errors-from-http.ts';
import { fallbackTag } from './fallback-tag.ts';
import { parseUnchecked } from './json.ts';
import { nextPage } from './link.ts';
import { type FetchedManifest, type ImageIndex, parseManifest } from './manifest.ts';
import { baseMediaType, ociIndex } from './media-types.ts';
import { concernsOneManifest, type Place, readManifest } from './registry-content.ts';
import type { Referrer, ReferrerCarrier, Referrers } from './repository.ts';

/** Most descriptors a list of referrers may have. */
export const maxReferrers = 1000;
const maxPages = 50;
const maxCompleted = 50;
// distribution-spec "Listing Referrers": 404 is "no such API"; the others are what registries without it answer in practice.
// Never 401, 403, 429 or 5xx: those say nothing about what is there.
const unsupportedStatuses: ReadonlySet<number> = new Set([404, 400, 405, 406, 501]);

/** Lists referrers from the API, and from the fallback tag where the API is missing or has none. @throws OciError */
export async function listReferrers(place: Place, digest: Digest, call: Call): Promise<Referrers> {
  parseDigest(digest);
  const looked: Referrers['looked'][number][] = [];
  const fromApi = await listFromApi(place, digest, call);
  looked.push({
    carrier: 'referrers-api',
    answer: fromApi === undefined ? 'unsupported' : fromApi.length > 0 ? 'found' : 'absent',
  });
  if (fromApi !== undefined && fromApi.length > 0) return { referrers: asReferrers(fromApi, 'referrers-api'), looked };
  // Also when the API answers "none": registries that got the API later do not always list what was pushed with the tag before.
  const fromTag = await listFromTag(place, digest, call);
  looked.push({ carrier: 'fallback-tag', answer: fromTag.length > 0 ? 'found' : 'absent' });
  return { referrers: asReferrers(fromTag, 'fallback-tag'), looked };
}

/** Descriptors with their carrier, each digest once. @throws OciError `too-large` */
export function asReferrers(descriptors: readonly Descriptor[], carrier: ReferrerCarrier): readonly Referrer[] {
  const byDigest = new Map<string, Referrer>();
  for (const descriptor of descriptors)
    if (!byDigest.has(descriptor.digest)) byDigest.set(descriptor.digest, { descriptor, carrier });
  if (byDigest.size > maxReferrers) throw new OciError('too-large', `more than ${maxReferrers} referrers`);
  return [...byDigest.values()];
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

async function listFromApi(place: Place, digest: Digest, call: Call): Promise<readonly Descriptor[] | undefined> {
  const found: Descriptor[] = [];
  const seen = new Set<string>();
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
    if (first && unsupportedStatuses.has(response.status)) return undefined;
    if (response.status !== 200) {
      const error = statusError(response, `referrers of ${digest}`);
      // A missing second page is not "nothing there".
      throw error.code === 'not-found'
        ? new OciError('invalid-response', error.message, { status: error.status, url: error.url })
        : error;
    }
    const index = readPage(response.body, response.headers['content-type']?.[0], redactUrl(response.url));
    if (index === undefined) {
      if (first) return undefined;
      throw new OciError('invalid-response', 'a page of referrers is not an index', { url: redactUrl(response.url) });
    }
    found.push(...index.manifests);
    if (found.length > maxReferrers) throw new OciError('too-large', `more than ${maxReferrers} referrers`);
    path = nextPage(response.headers['link'] ?? [], response.url, path);
  }
  return found;
}

// `undefined`: something answers 200 here that is no referrers API (a web page, a proxy's JSON).
function readPage(body: Uint8Array, contentType: string | undefined, url: string): ImageIndex | undefined {
  const declared = baseMediaType(contentType);
  if (declared !== ociIndex && !(declared === undefined || declared === 'application/json')) return undefined;
  if (declared !== ociIndex && !claimsIndex(body)) return undefined;
  try {
    const manifest = parseManifest(body, { declared: ociIndex, url, maxDescriptors: maxReferrers });
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

async function listFromTag(place: Place, digest: Digest, call: Call): Promise<readonly Descriptor[]> {
  let fetched: FetchedManifest;
  try {
    fetched = await readManifest(place, fallbackTag(digest), call);
  } catch (error) {
    if (isOciError(error) && error.code === 'not-found') return [];
    throw error;
  }
  const { manifest } = fetched;
  if (manifest.kind !== 'index')
    throw new OciError('invalid-response', 'the fallback tag for referrers is not an index', {
      actual: fetched.mediaType,
    });
  return await completeAll(place, manifest.manifests, call);
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
