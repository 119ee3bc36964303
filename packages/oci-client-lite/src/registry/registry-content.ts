import { isHttpError, redactUrl, wait } from '@sigtrail/http';
import { z } from 'zod';
import { type Call, within } from './call.ts';
import { asSizeMismatch, checkDescriptor, embeddedData, maxDescriptors, toManifest } from '../content/check-content.ts';
import type { Content } from '../content/content-cache.ts';
import type { Descriptor } from '../content/descriptor.ts';
import { assertDigest, type Digest, digestAlgorithm, digestOf, isDigest, parseDigest } from '../reference/digest.ts';
import { isOciError, OciError } from '../error.ts';
import { isWebPage, statusError, toOciError, webPageError } from './errors-from-http.ts';
import { type FetchedManifest, parseManifest } from '../content/manifest.ts';
import type { ListingPlace } from '../listings/shared-listings.ts';
import { manifestAccept } from '../content/media-types.ts';
import { notATag, readFromSources, readsDigests, readsTags, type Source } from './mirror.ts';
import type { Place } from '../place.ts';
import { isTag } from '../reference/reference.ts';
import type { RegistryResponse } from './registry.ts';

const maxCachedBlobBytes = 1024 * 1024;

type Kind = 'manifests' | 'blobs';

/** Reads a manifest from a registry. @throws OciError */
export async function readManifest(place: Place, tagOrDigest: string, call: Call): Promise<FetchedManifest> {
  const wanted = parseTagOrDigest(tagOrDigest);
  if (wanted === undefined) {
    const { value, mirror } = await readTagged(place, tagOrDigest, call, { parse: toManifest, isShared: hasLayers });
    return mirror === undefined ? value : { ...value, mirror };
  }
  const { bytes, mediaType, url } = await readContent(
    place,
    'manifests',
    wanted,
    place.maxManifestBytes,
    call,
    fetchManifest,
  );
  return toManifest(bytes, wanted, mediaType, url);
}

/** Reads a blob from a registry. @throws OciError */
export async function readBlob(
  place: Place,
  descriptor: Descriptor,
  maxBytes: number,
  call: Call,
): Promise<Uint8Array> {
  checkDescriptor(descriptor, maxBytes);
  const embedded = embeddedData(descriptor);
  if (embedded !== undefined) return embedded;
  const { digest, size } = descriptor;
  const { bytes } = await readContent(place, 'blobs', digest, size, call, fetchBlob);
  if (bytes.byteLength !== size)
    throw new OciError('size-mismatch', 'the blob is not as long as its descriptor says', {
      expected: size,
      actual: bytes.byteLength,
    });
  return bytes;
}

/** The requested digest, or `undefined` for a tag. Checked before sending: `manifests/sha256:xyz` makes Debian's registry answer 500, which a
 * retry loop would hammer. @throws OciError `invalid-digest`, `invalid-reference` */
export function parseTagOrDigest(tagOrDigest: string): Digest | undefined {
  if (tagOrDigest.includes(':')) return parseDigest(tagOrDigest);
  if (!isTag(tagOrDigest)) throw notATag(tagOrDigest);
  return undefined;
}

/** Requests a manifest, again and again while it is not there yet and the client may wait. */
export async function sendForManifest(
  place: Place,
  source: Source,
  tagOrDigest: string,
  method: 'GET' | 'HEAD',
  call: Call,
): Promise<RegistryResponse> {
  for (let retry = 0; ; retry += 1) {
    const response = await source.registry.send(
      {
        method,
        repository: source.repository,
        path: source.path(`manifests/${tagOrDigest}`),
        accept: manifestAccept,
        maxBytes: place.maxManifestBytes,
      },
      call,
    );
    const delay = place.notFoundDelayMs * 2 ** retry;
    if (response.status !== 404 || retry >= place.notFoundRetries || delay >= call.deadline.remainingMs())
      return response;
    await wait(delay, call.deadline);
  }
}

/** How to read the bytes that a tag names, and whether there is anything in them: an empty answer is not shared. */
interface TagReader<T> {
  readonly parse: (bytes: Uint8Array, digest: Digest, contentType: string | undefined, url: string | undefined) => T;
  readonly isShared: (value: T) => boolean;
}

/** What a tag names, who says so, and how old the answer is if another process got it. */
interface Tagged<T> {
  readonly value: T;
  readonly mirror?: string;
  readonly ageMs?: number;
}

function hasLayers({ manifest }: FetchedManifest): boolean {
  return manifest.kind === 'image' && manifest.layers.length > 0;
}

/** Reads what a tag currently names. @throws OciError */
export async function readTagged<T>(
  place: Place,
  tag: string,
  call: Call,
  { parse, isShared }: TagReader<T>,
): Promise<Tagged<T>> {
  return await readFromSources(place, readsTags, call, async (source, within) => {
    const { registry, repository } = source;
    const by = source.isMirror ? { mirror: registry.name } : {};
    const listing = await place.listings.open({ name: place.name, registry, repository }, ['tag', tag], within);
    const shared = await readListed(place, within, listing, parse);
    if (shared !== undefined && isShared(shared.value)) {
      lookAtListing(source, source.path(`manifests/${tag}`), shared.ageMs, within);
      return { ...shared, ...by };
    }
    const response = await sendForManifest(place, source, tag, 'GET', within);
    const url = redactUrl(response.url);
    if (response.status !== 200) throw statusError(response, `manifest ${tag}`);
    // Never the digest that a header claims (CVE-2025-24882).
    const digest = digestOf(response.body);
    within.annotate({ digest });
    const mediaType = response.headers['content-type']?.[0];
    const value = unlessWebPage(response, `manifest ${tag}`, () => parse(response.body, digest, mediaType, url));
    warnOfOtherDigest(source, response, digest, tag);
    const scope = await scopeOf(place, 'manifests', call);
    await beforeEnd(place.cache.keep(scope, digest, { bytes: response.body, mediaType }, isReadableManifest), call);
    if (isShared(value)) await listing?.keep({ digest });
    return { value, ...by };
  });
}

/** What the tag names according to another process, if that can still be read. */
async function readListed<T>(
  place: Place,
  call: Call,
  listing: ListingPlace | undefined,
  parse: TagReader<T>['parse'],
): Promise<{ readonly value: T; readonly ageMs: number } | undefined> {
  const { success, data } = tagAnswer.safeParse(listing?.known?.answer);
  if (!success || listing?.known === undefined) return undefined;
  const { digest } = data;
  try {
    const { bytes, mediaType, url } = await readContent(
      place,
      'manifests',
      parseDigest(digest),
      place.maxManifestBytes,
      call,
      fetchManifest,
    );
    return { value: parse(bytes, parseDigest(digest), mediaType, url), ageMs: listing.known.ageMs };
  } catch (thrown) {
    // The tag may have moved since, and the earlier manifest may be gone. Whatever the reason, read the tag as if there were no listing.
    const error = toOciError(thrown);
    if (!isOciError(error)) throw error;
    call.annotate({ error: error.code, note: 'named by a shared listing' });
    call.deadline.check();
    return undefined;
  }
}

const tagAnswer = z.lazy(() => z.strictObject({ digest: z.string().refine(isDigest) }));

/** Notes in the transcript that no request was sent because another process had the answer, where that came from, and which file leads there. */
export function lookAtListing({ registry }: Pick<Source, 'registry'>, path: string, ageMs: number, call: Call): void {
  call.look({ method: 'GET', ...registry.addressOf(path), durationMs: 0, note: 'shared listing', ageMs });
}

// Registries get this header wrong often enough that ggcr gave up checking it; only the digest of the bytes counts.
function warnOfOtherDigest(source: Source, response: RegistryResponse, digest: Digest, tag: string): void {
  const claimed = response.headers['docker-content-digest']?.[0];
  if (claimed === undefined || claimed === digest || !isDigest(claimed)) return;
  if (digestAlgorithm(claimed) === digestAlgorithm(digest))
    source.registry.warn(`the digest in the header for tag ${tag} is not that of the bytes`);
}

/** The bytes of a digest, and where they came from. */
interface ReadContent extends Content {
  readonly url?: string;
}

type Fetch = (
  place: Place,
  source: Source,
  digest: Digest,
  maxBytes: number,
  call: Call,
) => Promise<{ readonly response: RegistryResponse; readonly url: string }>;

// From memory, a pending read, a mirror or the registry: all bytes are hashed.
async function readContent(
  place: Place,
  kind: Kind,
  digest: Digest,
  maxBytes: number,
  call: Call,
  fetch: Fetch,
): Promise<ReadContent> {
  const scope = await scopeOf(place, kind, call);
  const speaksForItself = kind === 'manifests' ? isReadableManifest : () => true;
  const kept = await beforeEnd(place.cache.find(scope, digest, speaksForItself), call);
  if (kept !== undefined && kept.bytes.byteLength <= maxBytes) {
    lookWithoutRequest(place, kind, digest, kept, call, 'cached');
    return kept;
  }
  const read = (): Promise<ReadContent> =>
    readFromSources(place, readsDigests, call, async (source, within) => {
      const { response, url } = await fetch(place, source, digest, maxBytes, within);
      const what = kind === 'blobs' ? 'blob' : 'manifest';
      unlessWebPage(response, `${what} ${digest}`, () => assertDigest(response.body, digest, what, url));
      within.annotate({ digest });
      const content = { bytes: response.body, mediaType: response.headers['content-type']?.[0] };
      if (kind === 'manifests' || response.body.byteLength <= maxCachedBlobBytes)
        await beforeEnd(place.cache.keep(scope, digest, content, speaksForItself), call);
      return { ...content, url };
    });
  return await place.sharedReads.share(`${scope}@${digest} ${maxBytes}`, call, read, (content) =>
    lookWithoutRequest(place, kind, digest, content, call, 'shared'),
  );
}

/** What a store returns, or nothing if the call ends first: a slow store must not hold up the call beyond its deadline. */
function beforeEnd<T>(work: T | Promise<T>, { deadline }: Call): T | undefined | Promise<T | undefined> {
  if (!(work instanceof Promise)) return work;
  return within(work, deadline).catch((error: unknown) => {
    if (!isHttpError(error)) throw error;
    return undefined;
  });
}

/** A manifest's bytes may lack the type that it was delivered with; then a store can't be asked for it. */
function isReadableManifest({ bytes, mediaType }: Content): boolean {
  try {
    return [undefined, mediaType].every((declared) => parseManifest(bytes, { declared, maxDescriptors }) !== undefined);
  } catch (error) {
    if (!isOciError(error)) throw error;
    return false;
  }
}

const fetchManifest: Fetch = async (place, source, digest, _, call) => {
  const response = await sendForManifest(place, source, digest, 'GET', call);
  if (response.status !== 200) throw statusError(response, `manifest ${digest}`);
  return { response, url: redactUrl(response.url) };
};

const fetchBlob: Fetch = async (_, source, digest, size, call) => {
  const { registry, repository } = source;
  const response = await registry
    .send({ repository, path: source.path(`blobs/${digest}`), accept: '*/*', maxBytes: size }, call)
    .catch((error: unknown) => {
      throw asSizeMismatch(error, size);
    });
  if (response.status !== 200) throw statusError(response, `blob ${digest}`);
  const url = redactUrl(response.url);
  unlessWebPage(response, `blob ${digest}`, () => {
    if (response.body.byteLength !== size)
      throw new OciError('size-mismatch', 'the blob is not as long as its descriptor says', {
        expected: size,
        actual: response.body.byteLength,
        url,
      });
  });
  return { response, url };
};

// If a web page came in place of content (a sign-in page, a captive portal, a proxy), what is wrong with its bytes is beside the point.
function unlessWebPage<T>(response: RegistryResponse, what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!isOciError(error) || !isWebPage(response)) throw error;
    throw webPageError(response, what, error);
  }
}

function scopeOf(place: Place, kind: Kind, call: Call): string | Promise<string> {
  const of = (credentials: string): string => `${place.name}/${kind} ${credentials}`;
  const scope = place.registry.credentialScope(place.repository, call);
  return typeof scope === 'string' ? of(scope) : scope.then(of);
}

function lookWithoutRequest(
  place: Place,
  kind: Kind,
  digest: Digest,
  content: Content,
  call: Call,
  note: 'cached' | 'shared',
): void {
  call.look({
    method: 'GET',
    url: `https://${place.name.replace('/', '/v2/')}/${kind}/${digest}`,
    bytes: content.bytes.byteLength,
    digest,
    durationMs: 0,
    note,
  });
}
