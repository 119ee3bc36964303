import { parseJsonStrict } from '@sigtrail/encoding';
import * as z from 'zod';
import type { TrackedDigest } from './image-track.ts';

const Index = z.object({
  manifests: z
    .array(
      z.object({
        digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
        platform: z.object({ os: z.string(), architecture: z.string(), variant: z.string().exactOptional() }).nullish(),
      }),
    )
    .max(1000),
});

// An image of more platforms than anybody builds for; each costs questions to the log.
const MAX_PLATFORMS = 32;

/** The image and the platforms its index lists. Attestation manifests of BuildKit (`unknown/unknown`) are no platforms. */
export function trackedDigests(digest: string, manifest: Uint8Array): readonly TrackedDigest[] {
  const parsed = Index.safeParse(readJson(manifest));
  if (!parsed.success) return [{ digest }];
  const platforms = parsed.data.manifests.flatMap(({ digest: child, platform }) =>
    platform == null || platform.os === 'unknown'
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

function readJson(bytes: Uint8Array): unknown {
  try {
    return parseJsonStrict(bytes, { maxBytes: 16 * 1024 * 1024 });
  } catch {
    return undefined; // an image may be anything: then it is one digest
  }
}
