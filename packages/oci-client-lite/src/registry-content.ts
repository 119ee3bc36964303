import { redactUrl } from '@sigtrail/http';
import type { Call } from './call.ts';
import type { ContentCache } from './content-cache.ts';
import type { Descriptor } from './descriptor.ts';
import { assertDigest, type Digest, digestOf, isDigest, parseDigest } from './digest.ts';
import { isOciError, OciError } from './error.ts';
import { statusError } from './errors-from-http.ts';
import { parseManifest } from './manifest.ts';
import type { FetchedManifest } from './manifest.ts';
import { manifestAccept } from './media-types.ts';
import { isTag } from './reference.ts';
import type { Registry } from './registry.ts';

/**
 * Most layers or entries of a fetched manifest; its bytes are capped as well. Whoever stops at fewer says so beside what it read: a `.sig`
 * with one signature too many must not hide the thousand before it.
 */
export const maxDescriptors = 10_000;

/** One repository of one registry, with what its reads share. */
export interface Place {
  readonly registry: Registry;
  /** `host/path`, as in references. */
  readonly name: string;
  /** Path inside the registry. */
  readonly repository: string;
  readonly cache: ContentCache;
  readonly maxManifestBytes: number;
  readonly maxBlobBytes: number;
}

/** Reads a manifest from a registry. @throws OciError */
export async function readManifest(place: Place, tagOrDigest: string, call: Call): Promise<FetchedManifest> {
  const maxBytes = place.maxManifestBytes;
  // Checked before sending: `manifests/sha256:xyz` makes Debian's registry answer 500, which a retry loop would hammer.
  const wanted = tagOrDigest.includes(':') ? parseDigest(tagOrDigest) : undefined;
  if (wanted === undefined && !isTag(tagOrDigest))
    throw new OciError('invalid-reference', 'not a tag', { actual: tagOrDigest.slice(0, 200) });
  if (wanted !== undefined) {
    const known = findKnown(place, 'manifests', wanted, maxBytes, call);
    if (known !== undefined) return toManifest(known.bytes, wanted, known.mediaType);
  }
  const path = `/v2/${place.repository}/manifests/${tagOrDigest}`;
  const response = await place.registry.send(
    { repository: place.repository, path, accept: manifestAccept, maxBytes },
    call,
  );
  const url = redactUrl(response.url);
  if (response.status !== 200) throw statusError(response, `manifest ${tagOrDigest}`);
  // Never the digest a header claims (CVE-2025-24882).
  const digest = wanted ?? digestOf(response.body);
  if (wanted !== undefined) assertDigest(response.body, wanted, 'manifest', url);
  call.annotate({ digest });
  const contentType = response.headers['content-type']?.[0];
  const fetched = toManifest(response.body, digest, contentType, url);
  place.cache.keep(`${place.name}/manifests`, digest, { bytes: response.body, mediaType: contentType });
  return fetched;
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
  const known = findKnown(place, 'blobs', digest, maxBytes, call);
  if (known !== undefined && known.bytes.byteLength === size) return known.bytes;
  const path = `/v2/${place.repository}/blobs/${digest}`;
  const response = await place.registry
    .send({ repository: place.repository, path, accept: '*/*', maxBytes: size }, call)
    .catch((error: unknown) => {
      throw asSizeMismatch(error, size);
    });
  if (response.status !== 200) throw statusError(response, `blob ${digest}`);
  const url = redactUrl(response.url);
  if (response.body.byteLength !== size) {
    throw new OciError('size-mismatch', 'the blob is not as long as its descriptor says', {
      expected: size,
      actual: response.body.byteLength,
      url,
    });
  }
  assertDigest(response.body, digest, 'blob', url);
  call.annotate({ digest });
  if (size <= 1024 * 1024)
    place.cache.keep(`${place.name}/blobs`, digest, { bytes: response.body, mediaType: undefined });
  return response.body;
}

/** Refuses a descriptor before anything is asked for or allocated. @throws OciError `invalid-digest`, `too-large` */
export function checkDescriptor(descriptor: Descriptor, maxBytes: number): void {
  parseDigest(descriptor.digest);
  if (!Number.isSafeInteger(descriptor.size) || descriptor.size < 0)
    throw new OciError('invalid-manifest', 'the size of a descriptor must be a whole number');
  if (descriptor.size > maxBytes) {
    throw new OciError('too-large', `the blob is larger than ${maxBytes} bytes`, {
      expected: maxBytes,
      actual: descriptor.size,
    });
  }
}

/** The content embedded in a descriptor, where it really is the content (image-spec descriptor.md "Embedded Content"). */
export function embeddedData(descriptor: Descriptor): Uint8Array | undefined {
  const { data, size, digest } = descriptor;
  if (data === undefined || data.length !== Math.ceil(size / 3) * 4) return undefined;
  const bytes = new Uint8Array(Buffer.from(data, 'base64'));
  if (bytes.byteLength !== size) return undefined;
  return digestOf(bytes, digest.startsWith('sha512') ? 'sha512' : 'sha256') === digest ? bytes : undefined;
}

/** Manifest bytes whose digest is known, parsed. @throws OciError `invalid-manifest`, `unsupported-media-type` */
export function toManifest(
  bytes: Uint8Array,
  digest: Digest,
  contentType: string | undefined,
  url?: string,
): FetchedManifest {
  const manifest = parseManifest(bytes, { declared: contentType, url, maxDescriptors });
  return { digest, mediaType: manifest.mediaType, size: bytes.byteLength, bytes, manifest };
}

function findKnown(place: Place, kind: 'manifests' | 'blobs', digest: Digest, maxBytes: number, call: Call) {
  if (!isDigest(digest)) return undefined;
  const known = place.cache.find(`${place.name}/${kind}`, digest);
  if (known === undefined || known.bytes.byteLength > maxBytes) return undefined;
  call.look({
    method: 'GET',
    url: `https://${place.name.replace('/', '/v2/')}/${kind}/${digest}`,
    bytes: known.bytes.byteLength,
    digest,
    durationMs: 0,
    note: 'cached',
  });
  return known;
}

// The cap of a blob read is the size its descriptor gives: passing it is not "too large" but "not that blob".
function asSizeMismatch(error: unknown, size: number): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code !== 'too-large') return error;
  const url = error instanceof Error && 'url' in error && typeof error.url === 'string' ? error.url : undefined;
  return new OciError('size-mismatch', 'the blob is longer than its descriptor says', {
    expected: size,
    url,
    cause: error,
  });
}

/** Whether an error says something about one manifest only, and nothing about the place it is in. */
export function concernsOneManifest(error: unknown): boolean {
  const codes: readonly string[] = [
    'not-found',
    'too-large',
    'digest-mismatch',
    'size-mismatch',
    'invalid-manifest',
    'unsupported-media-type',
    'invalid-response',
  ];
  return isOciError(error) && codes.includes(error.code);
}
