/** Media types of the manifests this client reads. */
export const ociIndex = 'application/vnd.oci.image.index.v1+json';
export const ociManifest = 'application/vnd.oci.image.manifest.v1+json';
export const dockerManifestList = 'application/vnd.docker.distribution.manifest.list.v2+json';
export const dockerManifest = 'application/vnd.docker.distribution.manifest.v2+json';

/** Sent with every manifest request: without it Debian's registry answers 404 for an OCI index, and 400 for a Docker image. */
export const manifestAccept: string = [ociIndex, ociManifest, dockerManifestList, dockerManifest].join(', ');

/** The kind of manifest that a media type means; `undefined` for types this client does not read. */
export function manifestKind(mediaType: string | undefined): 'image' | 'index' | undefined {
  if (mediaType === ociIndex || mediaType === dockerManifestList) return 'index';
  return mediaType === ociManifest || mediaType === dockerManifest ? 'image' : undefined;
}

/** A `Content-Type` without parameters, in lower case (RFC 9110 §8.3.1: types compare case-insensitively). */
export function baseMediaType(contentType: string | undefined): string | undefined {
  const base = contentType?.split(';', 1)[0]?.trim().toLowerCase();
  return base === '' ? undefined : base;
}

const vague: ReadonlySet<string> = new Set([
  'application/json',
  'text/json',
  'text/plain',
  // What object stores deliver if no type was stored with the object: `binary/octet-stream` is S3's.
  'application/octet-stream',
  'binary/octet-stream',
  'application/x-octet-stream',
  'application/binary',
  'application/x-binary',
  'application/unknown',
  'unknown/unknown',
]);

/** Whether a base media type says nothing about what was delivered, so that the type in the body decides. */
export function saysNothing(mediaType: string): boolean {
  return vague.has(mediaType);
}
