import { type Call, runCall } from './call.ts';
import { toArtifact } from '../artifact/artifact.ts';
import { checkConfigType, parseImageConfig } from '../content/image-config.ts';
import { openChecked, openRegistryBlob } from './open-blob.ts';
import type { Place } from '../place.ts';
import { descendToPlatform } from '../content/platform-manifest.ts';
import { listReferrers } from './referrers.ts';
import { readBlob, readManifest } from './registry-content.ts';
import type { FetchedManifest } from '../content/manifest.ts';
import type { ManifestOptions, OciRepository } from '../repository.ts';
import { resolveManifest } from './resolve.ts';
import { listTags } from './tags.ts';
import { OciError } from '../error.ts';
import type { Descriptor } from '../content/descriptor.ts';
import { MANIFEST, READ, REFERRERS, TAGS } from '../read-options.ts';

/** The reads of one repository of a registry. */
export function registryRepository(place: Place, timeoutMs: number): OciRepository {
  return {
    kind: 'registry',
    name: place.name,
    fetchManifest: (tagOrDigest, options = {}) =>
      runCall(options, MANIFEST, timeoutMs, (call) =>
        fetchManifest(capped(place, options.maxBytes), tagOrDigest, options, call),
      ),
    fetchArtifact: (tagOrDigest, options = {}) =>
      runCall(options, MANIFEST, timeoutMs, async (call) =>
        toArtifact(await fetchManifest(capped(place, options.maxBytes), tagOrDigest, options, call)),
      ),
    resolve: (tagOrDigest, options = {}) =>
      runCall(options, READ, timeoutMs, (call) => resolveManifest(capped(place, options.maxBytes), tagOrDigest, call)),
    fetchConfig: (image, options = {}) =>
      runCall(options, READ, timeoutMs, async (call) => {
        const bytes = await readBlob(place, configOf(image), options.maxBytes ?? place.maxManifestBytes, call);
        return { config: parseImageConfig(bytes), bytes };
      }),
    fetchBlob: (descriptor, options = {}) =>
      runCall(options, READ, timeoutMs, (call) =>
        readBlob(place, descriptor, options.maxBytes ?? place.maxBlobBytes, call),
      ),
    openBlob: (blob, options = {}) =>
      openChecked(blob, options, timeoutMs, (expected, call) => openRegistryBlob(place, expected, call)),
    listReferrers: (digest, options = {}) =>
      runCall(options, REFERRERS, timeoutMs, (call) =>
        listReferrers(capped(place, options.maxBytes), digest, call, options),
      ),
    listTags: (options = {}) =>
      runCall(options, TAGS, timeoutMs, (call) => listTags(capped(place, options.maxBytes), call, options)),
  };
}

/** The descriptor of the configuration of an image. @throws OciError `unsupported-media-type` for an index or an artifact */
export function configOf({ manifest, mediaType }: FetchedManifest): Descriptor {
  if (manifest.kind === 'index')
    throw new OciError('unsupported-media-type', 'an index has no configuration; choose an image by "platform"', {
      actual: mediaType,
    });
  checkConfigType(manifest.config.mediaType);
  return manifest.config;
}

function fetchManifest(
  place: Place,
  tagOrDigest: string,
  { platform }: ManifestOptions,
  call: Call,
): Promise<FetchedManifest> {
  const read = (tagOrDigestOfIt: string): Promise<FetchedManifest> => readManifest(place, tagOrDigestOfIt, call);
  const fetched = read(tagOrDigest);
  return platform === undefined ? fetched : fetched.then((whole) => descendToPlatform(whole, platform, read));
}

function capped(place: Place, maxBytes: number | undefined): Place {
  return maxBytes === undefined || maxBytes >= place.maxManifestBytes
    ? place
    : { ...place, maxManifestBytes: maxBytes };
}
