import type { FetchedManifest } from 'oci-client-lite';
import type { TrackedDigest } from './image-track.ts';

// More platforms than anyone builds for; each costs questions to the log.
const MAX_PLATFORMS = 32;

/** The image and the platforms its index lists. BuildKit's attestation manifests (`unknown/unknown`) are not platforms. */
export function trackedDigests({
  digest,
  manifest,
}: Pick<FetchedManifest, 'digest' | 'manifest'>): readonly TrackedDigest[] {
  if (manifest.kind !== 'index') return [{ digest }];
  const platforms = manifest.manifests.flatMap(({ digest: child, platform }) =>
    platform === undefined || platform.os === 'unknown'
      ? []
      : [
          {
            digest: child,
            platform: [platform.os, platform.architecture, platform.variant]
              .filter((part) => part !== undefined)
              .join('/'),
          },
        ],
  );
  const distinct = new Map(platforms.map((platform) => [platform.digest, platform]));
  return [{ digest }, ...[...distinct.values()].slice(0, MAX_PLATFORMS)];
}
