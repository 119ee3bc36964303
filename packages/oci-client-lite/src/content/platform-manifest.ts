import { OciError } from '../error.ts';
import type { Digest } from '../reference/digest.ts';
import type { FetchedManifest } from './manifest.ts';
import { parsePlatform, type PlatformChoice, selectPlatform } from '../reference/platform.ts';

const maxNesting = 3;

/**
 * Goes from an index to the image for a platform. A manifest that is not an index is returned as it is, whatever its platform.
 *
 * @throws OciError `no-matching-platform`; `invalid-manifest` for an entry that describes something else, or for indexes nested more than three deep
 */
export async function descendToPlatform(
  fetched: FetchedManifest,
  choice: PlatformChoice,
  read: (digest: Digest) => Promise<FetchedManifest>,
): Promise<FetchedManifest> {
  const wanted = parsePlatform(choice);
  let current = fetched;
  for (let depth = 0; current.manifest.kind === 'index'; depth += 1) {
    if (depth >= maxNesting)
      throw new OciError('invalid-manifest', `indexes are nested more than ${maxNesting} deep`, {
        actual: current.digest,
      });
    const entry = selectPlatform(current.manifest, wanted);
    current = await read(entry.digest);
    if (current.size !== entry.size)
      throw new OciError('size-mismatch', 'the manifest is not as long as the index says', {
        expected: entry.size,
        actual: current.size,
      });
    if (current.mediaType !== entry.mediaType)
      throw new OciError('invalid-manifest', 'the manifest’s media type differs from the one in the index', {
        expected: entry.mediaType.slice(0, 255),
        actual: current.mediaType,
      });
  }
  return current;
}
