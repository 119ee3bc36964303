import { checkOptions, optionError, type OptionTable, requireObject } from '@sigtrail/encoding';
import { aFlag, aList, aText } from '../option-checks.ts';
import { descriptorOf, indexOf, manifestOf, type ManifestPart } from '../registry/manifest-of.ts';
import { MEDIA_TYPE } from '../registry/media-type.ts';
import type { FakeRegistry } from '../registry/registry.ts';
import type { ContentDescriptor } from '../registry/stored-manifest.ts';
import { attestationManifest } from './buildkit.ts';
import { splitReference } from './image-place.ts';

/** What is pushed; without options a small image. */
export interface PushImageOptions<Platform extends string = string> {
  /** Pushes an index of images for these: `linux/amd64`, `linux/arm64/v8`. */
  readonly platforms?: readonly Platform[] | undefined;
  /** Adds to the index what BuildKit does: an attestation manifest for each image, with its provenance and its SBOM. Needs `platforms`; default `false`. */
  readonly attestationManifests?: boolean | undefined;
  /** What makes this image another than the next one; default its name. */
  readonly content?: string | undefined;
}

/** A manifest by its digest. */
export interface PushedManifest {
  /** `127.0.0.1:port/acme/app@sha256:…` */
  readonly reference: string;
  readonly digest: string;
}

/** An image, or an index, under its tag. */
export interface PushedImage<Platform extends string = never> {
  /** `127.0.0.1:port/acme/app:v1` */
  readonly reference: string;
  /** `127.0.0.1:port/acme/app@sha256:…`: what a verifier gives back. */
  readonly pinned: string;
  readonly digest: string;
  /** The image of each platform that was asked for. */
  readonly platforms: { readonly [Name in Platform]: PushedManifest };
}

const DOOR = 'pushImage';
const OPTIONS: OptionTable<PushImageOptions> = { platforms: aList, attestationManifests: aFlag, content: aText };

/**
 * Pushes an image, or an index of images, under a tag.
 *
 * @throws TypeError `unknown-option`, `invalid-option`
 * @example
 * const registry = await startRegistry();
 * const { reference } = pushImage(registry, 'acme/app:v1');
 */
export function pushImage<const Platform extends string = never>(
  registry: FakeRegistry,
  name: string,
  options: PushImageOptions<Platform> = {},
): PushedImage<Platform> {
  requireObject(registry, DOOR, 'registry', ['host', 'putManifest']);
  checkOptions(options, OPTIONS, DOOR);
  const { repository, tagOrDigest: tag } = splitReference(registry, name, DOOR);
  if (tag.includes(':')) throw optionError('invalid-option', `${DOOR}: "name" must have a tag, not a digest`);
  const { platforms, content = name, attestationManifests = false } = options;
  const by = (digest: string): PushedManifest => ({ digest, reference: `${registry.host}/${repository}@${digest}` });
  const pushed = (digest: string, images: Readonly<Record<string, PushedManifest>>): PushedImage<Platform> => ({
    digest,
    reference: `${registry.host}/${repository}:${tag}`,
    pinned: by(digest).reference,
    platforms: images as PushedImage<Platform>['platforms'], // one for each name of the list
  });
  if (platforms === undefined) {
    if (attestationManifests)
      throw optionError('invalid-option', `${DOOR}: "attestationManifests" needs "platforms": an index lists them`);
    const bytes = putImage(registry, repository, content, 'linux/amd64');
    return pushed(registry.putManifest(repository, bytes, MEDIA_TYPE.manifest, tag), {});
  }
  const images = platforms.map((platform) => {
    const bytes = putImage(registry, repository, content, platform);
    const digest = registry.putManifest(repository, bytes, MEDIA_TYPE.manifest);
    const entry = { ...descriptorOf({ bytes, mediaType: MEDIA_TYPE.manifest }), platform: readPlatform(platform) };
    return { entry, named: [platform, by(digest)] as const };
  });
  const attestations = attestationManifests
    ? images.map(({ entry }) => putAttestationManifest(registry, repository, entry.digest))
    : [];
  const index = indexOf([...images.map(({ entry }) => entry), ...attestations]);
  const digest = registry.putManifest(repository, index, MEDIA_TYPE.index, tag);
  return pushed(digest, Object.fromEntries(images.map(({ named }) => named)));
}

/** The manifest of one image, whose blobs it pushes. */
function putImage(registry: FakeRegistry, repository: string, content: string, platform: string): Buffer {
  const layer = { bytes: Buffer.from(`${content} for ${platform}`), mediaType: MEDIA_TYPE.layer };
  const config: ManifestPart = {
    bytes: Buffer.from(JSON.stringify({ ...readPlatform(platform), rootfs: { type: 'layers', diff_ids: [] } })),
    mediaType: MEDIA_TYPE.config,
  };
  for (const { bytes } of [config, layer]) registry.putBlob(repository, bytes);
  return manifestOf(config, [layer]);
}

function putAttestationManifest(registry: FakeRegistry, repository: string, imageDigest: string): ContentDescriptor {
  const { bytes, blobs, entry } = attestationManifest(imageDigest);
  for (const blob of blobs) registry.putBlob(repository, blob);
  registry.putManifest(repository, bytes, entry.mediaType);
  return entry;
}

function readPlatform(platform: string): {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
} {
  const [os, architecture, variant, ...more] = typeof platform === 'string' ? platform.split('/') : [];
  if (os === undefined || architecture === undefined || os === '' || architecture === '' || more.length > 0)
    throw optionError(
      'invalid-option',
      `${DOOR}: a platform must be like linux/amd64, not ${JSON.stringify(platform)}`,
    );
  return { os, architecture, ...(variant === undefined ? {} : { variant }) };
}
