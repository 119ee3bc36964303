import { optionError, requireObject } from '@sigtrail/encoding';
import { type Call, runCall } from '../registry/call.ts';
import type { Descriptor } from '../content/descriptor.ts';
import { toArtifact } from '../artifact/artifact.ts';
import { MANIFEST, READ, REFERRERS } from '../read-options.ts';
import { assertDigest, type Digest, parseDigest } from '../reference/digest.ts';
import { isOciError, OciError } from '../error.ts';
import { parseImageConfig } from '../content/image-config.ts';
import { blobPath, type LayoutFiles, layoutFiles, openLayoutFile, readLayoutFile } from './layout-files.ts';
import { isCosignTag, type LayoutIndex, readLayoutIndex } from './layout-index.ts';
import { listLayoutReferrers } from './layout-referrers.ts';
import { type FetchedManifest, parseEntryList, parseManifest } from '../content/manifest.ts';
import { harmless } from '../harmless.ts';
import { isSubjectItself } from '../registry/referrers-list.ts';
import { openChecked } from '../registry/open-blob.ts';
import { descendToPlatform } from '../content/platform-manifest.ts';
import { checkDescriptor, concernsOneManifest, embeddedData, maxDescriptors } from '../content/check-content.ts';
import { configOf } from '../registry/registry-repository.ts';
import type { ManifestOptions, OciRepository, ReadOptions, Repository } from '../repository.ts';

const timeoutMs = 30_000;
const maxManifestBytes = 4 * 1024 * 1024;
const maxBlobBytes = 16 * 1024 * 1024;
const maxRootsRead = 50;

/**
 * Opens an OCI image layout, as `cosign save`, `skopeo copy … oci:DIR`, `crane pull --format=oci` and olareg write it, or a tar file of a layout:
 * `skopeo copy … oci-archive:FILE`, `docker save` since Docker 25, `tar -C DIR -cf FILE .`. Nothing is read yet.
 * Every blob is hashed when it is read; symlinks inside are refused. Nothing is extracted from an archive, and an archive that two programs could understand
 * differently (links, sparse files, a repeated name) is `invalid-layout`.
 *
 * Tags are `org.opencontainers.image.ref.name`. Signatures that `cosign save` stored have the same tag names as in a registry.
 * `fetchManifest('')` is {@link layoutRoot}.
 *
 * @example
 * ```ts
 * const image = await openLayout('./saved').fetchManifest('');
 * ```
 */
export function openLayout(directory: string): OciRepository {
  if (typeof directory !== 'string' || directory === '')
    throw optionError('invalid-option', 'openLayout: the directory must be a path');
  const files = layoutFiles(directory);
  return {
    kind: 'layout',
    name: `oci:${directory}`,
    fetchManifest: (tagOrDigest, options = {}) =>
      runCall(options, MANIFEST, timeoutMs, (call) => fetchChosen(files, tagOrDigest, options, call)),
    fetchArtifact: (tagOrDigest, options = {}) =>
      runCall(options, MANIFEST, timeoutMs, async (call) =>
        toArtifact(await fetchChosen(files, tagOrDigest, options, call)),
      ),
    resolve: (tagOrDigest, options = {}) =>
      runCall(options, READ, timeoutMs, async (call) => {
        const { digest, mediaType, size, bytes } = await fetchManifest(files, tagOrDigest, manifestCap(options), call);
        return { digest, mediaType, size, bytes };
      }),
    fetchConfig: (image, options = {}) =>
      runCall(options, READ, timeoutMs, async (call) => {
        const bytes = await fetchBlob(files, configOf(image), options.maxBytes ?? maxManifestBytes, call);
        return { config: parseImageConfig(bytes), bytes };
      }),
    openBlob: (blob, options = {}) =>
      openChecked(blob, options, timeoutMs, ({ digest }, call) => openLayoutFile(files, blobPath(digest), call)),
    fetchBlob: (descriptor, options = {}) =>
      runCall(options, READ, timeoutMs, (call) => fetchBlob(files, descriptor, options.maxBytes ?? maxBlobBytes, call)),
    listReferrers: (digest, options = {}) =>
      runCall(options, REFERRERS, timeoutMs, async (call) => {
        parseDigest(digest);
        const index = await readLayoutIndex(files, call);
        const cap = manifestCap(options);
        return await listLayoutReferrers(
          files,
          index,
          digest,
          {
            manifest: (listed) => readByDigest(files, index, listed, cap, call),
            list: async (listed) => {
              const bytes = await readBytes(files, listed, cap, call);
              if (isSubjectItself(bytes, digest)) return { entries: [], malformed: [] };
              return parseEntryList(bytes, { declared: typeIn(index, listed), guess: true, maxDescriptors });
            },
          },
          cap,
          call,
          options,
        );
      }),
    listTags: (options = {}) =>
      runCall(options, READ, timeoutMs, async (call) => [...(await readLayoutIndex(files, call)).tags.keys()]),
  };
}

/**
 * The image of a layout if no tag is given: the image that cosign marked, else the only tagged image, else the only entry that is
 * not a signature, a list or a referrer.
 *
 * @throws OciError `not-found` if there is none; `invalid-layout` if there are several
 */
export function layoutRoot(repository: Repository, options?: ReadOptions): Promise<FetchedManifest> {
  requireObject(repository, 'layoutRoot', 'repository', ['fetchManifest']);
  if (repository.kind !== 'layout') throw optionError('invalid-option', 'layoutRoot: the repository is not a layout');
  return repository.fetchManifest('', options);
}

function manifestCap(options: ReadOptions): number {
  return Math.min(options.maxBytes ?? maxManifestBytes, maxManifestBytes);
}

async function fetchChosen(
  files: LayoutFiles,
  tagOrDigest: string,
  options: ManifestOptions,
  call: Call,
): Promise<FetchedManifest> {
  const cap = manifestCap(options);
  const fetched = await fetchManifest(files, tagOrDigest, cap, call);
  if (options.platform === undefined) return fetched;
  const index = await readLayoutIndex(files, call);
  return await descendToPlatform(fetched, options.platform, (digest) => readByDigest(files, index, digest, cap, call));
}

async function fetchManifest(
  files: LayoutFiles,
  tagOrDigest: string,
  maxBytes: number,
  call: Call,
): Promise<FetchedManifest> {
  const wanted = /^sha\d+:/.test(tagOrDigest) ? parseDigest(tagOrDigest) : undefined;
  const index = await readLayoutIndex(files, call);
  if (wanted !== undefined) return await readByDigest(files, index, wanted, maxBytes, call);
  if (tagOrDigest === '') return await readRoot(files, index, maxBytes, call);
  const entries = index.tags.get(tagOrDigest) ?? [];
  const [entry] = entries;
  if (entry === undefined) {
    if (index.ambiguousKinds && isCosignTag(tagOrDigest)) {
      throw new OciError(
        'invalid-layout',
        'the layout has signatures saved by cosign, but not exactly one image that they can belong to',
      );
    }
    throw new OciError('not-found', `no such tag in the layout; ${tagsThereAre(index)}`, {
      expected: tagOrDigest.slice(0, 200),
    });
  }
  if (entries.length > 1)
    throw new OciError('invalid-layout', 'several entries of the layout have this tag', {
      actual: tagOrDigest.slice(0, 200),
    });
  return await readEntry(files, entry, maxBytes, call);
}

function tagsThereAre({ tags }: LayoutIndex): string {
  const names = [...tags.keys()];
  if (names.length === 0) return 'it has no tags: name the image by digest, or leave the tag out';
  const others = names.length > 20 ? `, and ${names.length - 20} more` : '';
  return `it has ${harmless(names.slice(0, 20).join(', '))}${others}`;
}

async function readRoot(
  files: LayoutFiles,
  index: LayoutIndex,
  maxBytes: number,
  call: Call,
): Promise<FetchedManifest> {
  if (index.roots.length === 1 && index.roots[0] !== undefined)
    return await readEntry(files, index.roots[0], maxBytes, call);
  if (index.roots.length > maxRootsRead) throw severalImages();
  const found: FetchedManifest[] = [];
  for (const entry of index.roots) {
    try {
      const fetched = await readEntry(files, entry, maxBytes, call);
      if (fetched.manifest.subject === undefined) found.push(fetched); // what refers to something is not the image
    } catch (error) {
      if (!concernsOneManifest(error)) throw error;
      throw severalImages(error);
    }
  }
  if (found.length > 1) throw severalImages();
  if (found[0] === undefined) throw new OciError('not-found', 'the layout has no image');
  return found[0];
}

function severalImages(cause?: unknown): OciError {
  return new OciError('invalid-layout', 'the layout has several images: name one by tag or digest', { cause });
}

async function readEntry(
  files: LayoutFiles,
  entry: Descriptor,
  maxBytes: number,
  call: Call,
): Promise<FetchedManifest> {
  const fetched = await readChecked(files, entry.digest, entry.mediaType, maxBytes, call).catch((error: unknown) => {
    throw asDamage(error);
  });
  if (fetched.size !== entry.size)
    throw new OciError('size-mismatch', 'the manifest is not as long as index.json says', {
      expected: entry.size,
      actual: fetched.size,
    });
  return fetched;
}

// A missing blob that index.json names is damage, not an answer: deleting a file must not hide a signature.
function asDamage(error: unknown): unknown {
  if (!isOciError(error) || error.code !== 'not-found') return error;
  return new OciError('invalid-layout', 'a manifest that index.json names is missing', {
    url: error.url,
    cause: error,
  });
}

async function readByDigest(
  files: LayoutFiles,
  index: LayoutIndex,
  digest: Digest,
  maxBytes: number,
  call: Call,
): Promise<FetchedManifest> {
  return await readChecked(files, digest, typeIn(index, digest), maxBytes, call);
}

function typeIn(index: LayoutIndex, digest: Digest): string | undefined {
  return index.entries.find((other) => other.digest === digest)?.mediaType;
}

async function readChecked(
  files: LayoutFiles,
  digest: Digest,
  mediaType: string | undefined,
  maxBytes: number,
  call: Call,
): Promise<FetchedManifest> {
  const bytes = await readBytes(files, digest, maxBytes, call);
  const manifest = parseManifest(bytes, { declared: mediaType, guess: true, maxDescriptors });
  return { digest, mediaType: manifest.mediaType, size: bytes.byteLength, bytes, manifest };
}

/** The bytes of a manifest, hashed. */
async function readBytes(files: LayoutFiles, digest: Digest, maxBytes: number, call: Call): Promise<Uint8Array> {
  const bytes = await readLayoutFile(files, blobPath(digest), maxBytes, call);
  assertDigest(bytes, digest, 'manifest', `oci:${files.directory}`);
  call.annotate({ digest });
  return bytes;
}

async function fetchBlob(
  files: LayoutFiles,
  descriptor: Descriptor,
  maxBytes: number,
  call: Call,
): Promise<Uint8Array> {
  checkDescriptor(descriptor, maxBytes);
  const embedded = embeddedData(descriptor);
  if (embedded !== undefined) return embedded;
  const bytes = await readLayoutFile(files, blobPath(descriptor.digest), maxBytes, call);
  if (bytes.byteLength !== descriptor.size) {
    throw new OciError('size-mismatch', 'the blob is not as long as its descriptor says', {
      expected: descriptor.size,
      actual: bytes.byteLength,
    });
  }
  assertDigest(bytes, descriptor.digest, 'blob', `oci:${files.directory}`);
  call.annotate({ digest: descriptor.digest });
  return bytes;
}
