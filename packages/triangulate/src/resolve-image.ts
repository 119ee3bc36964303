import { type Digest, type FetchedManifest, layoutRoot, parseDigest, type Repository } from 'oci-client-lite';
import type { ImageLocator } from './locator.ts';
import type { Read, Reader } from './reader.ts';

/** The digest that a reference has itself. @throws OciError `invalid-digest` for an algorithm that no registry uses */
export function digestIn(locator: ImageLocator): Digest | undefined {
  const { digest } = locator.kind === 'layout' ? locator : locator.reference;
  return digest === undefined ? undefined : parseDigest(digest);
}

/** Reads the image that a reference names. @throws OciError */
export function resolveImage(
  reader: Reader,
  repository: Repository,
  locator: ImageLocator,
): Promise<Read<FetchedManifest>> {
  const { tag } = locator.kind === 'layout' ? locator : locator.reference;
  const name = digestIn(locator) ?? tag;
  return reader.read(repository, 0, (options) =>
    name === undefined ? layoutRoot(repository, options) : repository.fetchManifest(name, options),
  );
}
