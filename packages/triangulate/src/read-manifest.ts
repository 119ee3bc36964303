import { type Descriptor, digestAlgorithm, digestOf, type FetchedManifest, parseManifest } from 'oci-client-lite';
import type { Read } from './reader.ts';
import type { Search } from './search.ts';

/** A list may be a little wrong about a size; the bytes are known by their digest. */
const leastManifestCap = 64 * 1024;

/** Reads the manifest of a list's entry, once, or takes it out of the entry where it is embedded. @throws OciError */
export function readManifest(
  search: Pick<Search, 'repository' | 'reader' | 'manifests'>,
  descriptor: Descriptor,
  after: number,
): Promise<Read<FetchedManifest>> {
  const { repository, reader, manifests } = search;
  const embedded = embeddedManifest(descriptor);
  if (embedded !== undefined) return Promise.resolve({ value: embedded, step: after });
  const { digest, size } = descriptor;
  const key = `${repository.name}@${digest}`;
  const known = manifests.get(key);
  if (known !== undefined) return known;
  const maxBytes = Math.max(size, leastManifestCap);
  const reading = reader.read(repository, after, (options) =>
    repository.fetchManifest(digest, { ...options, maxBytes }),
  );
  manifests.set(key, reading);
  return reading;
}

/** The manifest embedded in a descriptor, where it really is that manifest (image-spec descriptor.md "Embedded Content"). */
function embeddedManifest({ data, digest, size, mediaType }: Descriptor): FetchedManifest | undefined {
  if (data === undefined || data.length !== Math.ceil(size / 3) * 4) return undefined;
  const bytes = new Uint8Array(Buffer.from(data, 'base64'));
  if (bytes.byteLength !== size || digestOf(bytes, digestAlgorithm(digest)) !== digest) return undefined;
  const manifest = parseManifest(bytes, { declared: mediaType });
  return { digest, mediaType: manifest.mediaType, size, bytes, manifest };
}
