import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import {
  bundleManifest,
  descriptorOf,
  type FakeRegistry,
  type FakeSigstore,
  MEDIA_TYPE,
  pushManifest,
  type Signer,
} from '@sigtrail/testing';
import type { Random } from '../../../packages/sigtrail/test/mutations/random.ts';

/** Bytes as a registry serves them. */
export interface Content {
  readonly mediaType: string;
  readonly data: Buffer;
}

/** An image that indexes list, with what its configuration says it is for. */
export interface PooledImage extends Content {
  readonly digest: string;
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
  readonly isSigned: boolean;
}

/** The images that all generated indexes are made of, and their configurations. */
export interface Pool {
  readonly images: readonly PooledImage[];
  /** Everything that clients read, by digest. */
  readonly contents: ReadonlyMap<string, Content>;
}

const PLATFORMS: readonly (readonly [os: string, architecture: string, variant?: string])[] = [
  ['linux', 'amd64'],
  ['linux', 'amd64', 'v2'],
  ['linux', 'amd64', 'v3'],
  ['linux', '386'],
  ['linux', 'arm64'],
  ['linux', 'arm64', 'v8'],
  ['linux', 'arm', 'v5'],
  ['linux', 'arm', 'v6'],
  ['linux', 'arm', 'v7'],
  ['linux', 's390x'],
  ['windows', 'amd64'],
  ['darwin', 'arm64'],
];

const LAYER = gzipSync(Buffer.alloc(1024)); // an empty archive

/** Pushes a signed and an unsigned image of each platform, in OCI's and in Docker's format. */
export function createPool(registry: FakeRegistry, repository: string, sigstore: FakeSigstore, signer: Signer): Pool {
  const images: PooledImage[] = [];
  const contents = new Map<string, Content>();
  registry.putBlob(repository, LAYER);
  for (const [os, architecture, variant] of PLATFORMS)
    for (const isSigned of [true, true, false])
      for (const isDocker of [false, true]) {
        const platform = { os, architecture, ...(variant === undefined ? {} : { variant }) };
        const { config, manifest } = imageFor({ ...platform, number: images.length }, isDocker);
        registry.putBlob(repository, config.data);
        const digest = registry.putManifest(repository, manifest.data, manifest.mediaType);
        contents.set(digestOf(config.data), config).set(digest, manifest);
        if (isSigned) {
          const bundle = sigstore.signBundle({ statement: { imageDigest: digest }, signer, logs: [] });
          const subject = { mediaType: manifest.mediaType, digest, size: manifest.data.length };
          pushManifest(registry, repository, bundleManifest(bundle, subject));
        }
        images.push({ ...manifest, ...platform, digest, isSigned });
      }
  return { images, contents };
}

function imageFor(
  { number, ...platform }: { readonly number: number; readonly os: string; readonly architecture: string },
  isDocker: boolean,
): { readonly config: Content; readonly manifest: Content } {
  const rootfs = { type: 'layers', diff_ids: [digestOf(gunzipSync(LAYER))] };
  // Its number makes the configuration unlike all others: it tells by itself which image was chosen.
  const config = {
    mediaType: isDocker ? 'application/vnd.docker.container.image.v1+json' : MEDIA_TYPE.config,
    data: Buffer.from(JSON.stringify({ ...platform, rootfs, config: { Labels: { number: String(number) } } })),
  };
  const layer = {
    mediaType: isDocker ? 'application/vnd.docker.image.rootfs.diff.tar.gzip' : MEDIA_TYPE.layer,
    bytes: LAYER,
  };
  const mediaType = isDocker ? 'application/vnd.docker.distribution.manifest.v2+json' : MEDIA_TYPE.manifest;
  const data = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType,
      config: descriptorOf({ mediaType: config.mediaType, bytes: config.data }),
      layers: [descriptorOf(layer)],
    }),
  );
  return { config, manifest: { mediaType, data } };
}

/** An image of the pool; one in eight is unsigned. */
export function pickImage({ images }: Pool, random: Random): PooledImage {
  const isSigned = random.below(8) > 0;
  return random.pick(images.filter((image) => image.isSigned === isSigned));
}

/** `sha256:…` */
export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
