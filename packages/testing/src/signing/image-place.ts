import { optionError, requireObject, requireText } from '@sigtrail/encoding';
import { isContentDigest } from '../registry/digest.ts';
import type { FakeRegistry } from '../registry/registry.ts';
import type { ContentDescriptor } from '../registry/stored-manifest.ts';

/** A manifest in a fake registry. */
export interface ImagePlace {
  readonly repository: string;
  readonly digest: string;
  /** Media type, digest and size, as a `subject` names it. */
  readonly descriptor: ContentDescriptor;
  /** What an index lists; empty for an image. */
  readonly entries: readonly ContentDescriptor[];
}

/**
 * Finds what a reference names, with the registry's address before it or without: `127.0.0.1:41234/acme/app:v1`, `acme/app@sha256:…`.
 *
 * @throws TypeError `invalid-option`
 */
export function placeOf(registry: FakeRegistry, reference: string, door: string): ImagePlace {
  const { repository, tagOrDigest } = splitReference(registry, reference, door);
  const stored = registry.manifest(repository, tagOrDigest);
  if (stored === undefined)
    throw optionError(
      'invalid-option',
      `${door}: ${reference} is not in this registry; push it first: pushImage(registry, '${repository}:v1')`,
    );
  const { digest, mediaType, size } = stored.descriptor;
  return { repository, digest, descriptor: { mediaType, digest, size }, entries: stored.entries };
}

/** The repository of a reference, and its tag or digest; without both, `latest`. @throws TypeError `invalid-option` */
export function splitReference(
  registry: FakeRegistry,
  reference: string,
  door: string,
): { readonly repository: string; readonly tagOrDigest: string } {
  requireObject(registry, door, 'registry', ['host', 'putManifest']);
  if (typeof reference === 'object' && reference !== null && 'reference' in reference)
    throw optionError('invalid-option', `${door}: "reference" must be a string; write image.reference`);
  requireText(reference, door, 'reference');
  const local = reference.startsWith(`${registry.host}/`) ? reference.slice(registry.host.length + 1) : reference;
  const [name = '', digest] = local.split('@', 2);
  const [, repository, tag] = /^([^:]+)(?::([^:/]+))?$/.exec(name) ?? [];
  if (
    repository === undefined ||
    !/^[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*$/.test(repository)
  )
    throw optionError(
      'invalid-option',
      `${door}: "reference" must be like acme/app:v1 or ${registry.host}/acme/app:v1, not ${JSON.stringify(reference)}`,
    );
  if (digest !== undefined && !isContentDigest(digest))
    throw optionError('invalid-option', `${door}: "reference" has a malformed digest: ${JSON.stringify(digest)}`);
  return { repository, tagOrDigest: digest ?? tag ?? 'latest' };
}
