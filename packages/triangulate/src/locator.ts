import { type Digest, OciError, parseDigest, parseReference, type Reference } from 'oci-client-lite';

/** Where an image is: in a registry, or in an OCI image layout on disk. */
export type ImageLocator =
  | { readonly kind: 'registry'; readonly reference: Reference }
  | { readonly kind: 'layout'; readonly directory: string; readonly tag?: string; readonly digest?: Digest };

/**
 * Parses a registry reference or `oci:DIR[:tag|@digest]`. In a layout the last `:` after the last `/` starts the tag.
 *
 * @throws OciError `invalid-reference`, `invalid-digest`
 */
export function parseImageLocator(text: string): ImageLocator {
  if (!text.startsWith('oci:') || text.startsWith('oci://'))
    return { kind: 'registry', reference: parseReference(text) };
  const rest = text.slice('oci:'.length);
  const at = rest.lastIndexOf('@');
  if (at > rest.lastIndexOf('/'))
    return { kind: 'layout', directory: directoryOf(rest.slice(0, at), text), digest: parseDigest(rest.slice(at + 1)) };
  const colon = rest.lastIndexOf(':');
  if (colon <= rest.lastIndexOf('/')) return { kind: 'layout', directory: directoryOf(rest, text) };
  const tag = rest.slice(colon + 1);
  if (!/^\w[\w.-]{0,127}$/.test(tag))
    throw new OciError(
      'invalid-reference',
      `${JSON.stringify(text)}: after the directory of a layout stands a tag or "@" and a digest`,
    );
  return { kind: 'layout', directory: directoryOf(rest.slice(0, colon), text), tag };
}

function directoryOf(directory: string, text: string): string {
  if (directory === '')
    throw new OciError(
      'invalid-reference',
      `${JSON.stringify(text)}: expected oci:DIRECTORY, oci:DIRECTORY:tag or oci:DIRECTORY@digest`,
    );
  return directory;
}
