import { counted } from '@sigtrail/encoding';
import type { Call } from '../registry/call.ts';
import type { Descriptor } from '../content/descriptor.ts';
import { assertDigest, type Digest } from '../reference/digest.ts';
import { isOciError, OciError } from '../error.ts';
import { fallbackTag } from '../reference/fallback-tag.ts';
import {
  type BlobFile,
  blobPath,
  type LayoutFiles,
  listBlobFiles,
  readLayoutFile,
  startsLikeJson,
} from './layout-files.ts';
import { type LayoutIndex, olaregLists } from './layout-index.ts';
import { type EntryList, type FetchedManifest, parseManifest } from '../content/manifest.ts';
import { ociManifest } from '../content/media-types.ts';
import {
  asReferrers,
  distinct,
  hoist,
  isWanted,
  malformedEntries,
  maxReferrers,
  type ReferrersFilter,
} from '../registry/referrers-list.ts';
import { concernsOneManifest } from '../content/check-content.ts';
import type { Referrers, ReferrersListing } from '../repository.ts';

const maxScannedBytes = 256 * 1024 * 1024;

/** Reads manifests of the layout by digest. */
export interface LayoutReader {
  readonly manifest: (digest: Digest) => Promise<FetchedManifest>;
  /** An index as a list of leads: a damaged entry doesn't spoil the others. */
  readonly list: (digest: Digest) => Promise<EntryList>;
}

/**
 * Lists what refers to a digest in a layout: olareg's lists, every manifest blob whose `subject` it is (`cosign save` writes bundles without
 * listing them anywhere), and the fallback tag.
 *
 * @throws OciError `too-large`, `invalid-layout` and whatever reading a list can throw, unless `partial`
 */
export async function listLayoutReferrers(
  files: LayoutFiles,
  index: LayoutIndex,
  digest: Digest,
  read: LayoutReader,
  maxBytes: number,
  call: Call,
  { partial = false, ...filter }: ReferrersFilter & { readonly partial?: boolean | undefined } = {},
): Promise<Referrers> {
  const listed: Descriptor[] = [];
  const scanned: Descriptor[] = [];
  const tagged: Descriptor[] = [];
  const readInto = async (entry: Descriptor, found: Descriptor[]): Promise<void> => {
    const { entries, malformed } = await readList(entry, read);
    found.push(...entries);
    const error = malformedEntries(malformed, entries.length);
    if (error !== undefined) throw error;
  };
  // Each source separately: a damaged list must not hide what a search finds.
  const errors = [
    await attempt(partial, async () => {
      for (const entry of olaregLists(index, digest)) await readInto(entry, listed);
    }),
    await attempt(partial, () => scanForSubject(files, digest, maxBytes, call, scanned)),
  ];
  const tagError = await attempt(partial, async () => {
    for (const entry of index.tags.get(fallbackTag(digest)) ?? []) await readInto(entry, tagged);
  });
  const all = distinct([...listed, ...scanned]);
  const listedDigests = new Set(all.map((descriptor) => descriptor.digest));
  const completed = partial ? distinct(tagged) : await completeAll(tagged, read.manifest);
  const byTag = completed.filter((descriptor) => !listedDigests.has(descriptor.digest));
  if (all.length + byTag.length > maxReferrers) {
    const tooMany = new OciError('too-large', `more than ${maxReferrers} referrers`);
    if (!partial) throw tooMany;
    errors.push(tooMany);
  }
  const kept = all.slice(0, maxReferrers);
  const searched = new Set(scanned.map((descriptor) => descriptor.digest));
  return {
    referrers: [
      ...asReferrers(kept, 'layout'),
      ...asReferrers(byTag.slice(0, maxReferrers - kept.length), 'fallback-tag'),
    ].filter(({ descriptor }) =>
      // A search that read a manifest knows everything about it; a damaged blob says nothing.
      isWanted(descriptor, filter, searched.has(descriptor.digest) && descriptor.artifactType !== undefined),
    ),
    looked: [
      lookOf(
        'layout',
        all.length,
        errors.find((error) => error !== undefined),
      ),
      lookOf('fallback-tag', tagged.length, tagError),
    ],
  };
}

function lookOf(carrier: ReferrersListing['carrier'], count: number, error: OciError | undefined): ReferrersListing {
  if (error !== undefined) return { carrier, answer: 'unknown', error };
  return { carrier, answer: count > 0 ? 'found' : 'absent' };
}

async function attempt(partial: boolean, work: () => Promise<void>): Promise<OciError | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (!partial || !isOciError(error)) throw error;
    return error;
  }
}

async function readList(entry: Descriptor, read: LayoutReader): Promise<EntryList> {
  return await read.list(entry.digest).catch((error: unknown) => {
    if (!isOciError(error) || (error.code !== 'not-found' && error.code !== 'unsupported-media-type')) throw error;
    const what =
      error.code === 'not-found'
        ? 'a list of referrers that index.json names is missing'
        : 'a list of referrers is not an index';
    throw new OciError('invalid-layout', what, { url: error.url, actual: entry.digest, cause: error });
  });
}

async function completeAll(
  descriptors: readonly Descriptor[],
  read: LayoutReader['manifest'],
): Promise<readonly Descriptor[]> {
  const completed: Descriptor[] = [];
  for (const descriptor of descriptors) {
    if (descriptor.artifactType !== undefined) completed.push(descriptor);
    else {
      try {
        completed.push(hoist(descriptor, await read(descriptor.digest)));
      } catch (error) {
        if (!concernsOneManifest(error)) throw error;
        completed.push(descriptor); // one bad referrer must not hide the good ones
      }
    }
  }
  return completed;
}

async function scanForSubject(
  files: LayoutFiles,
  digest: Digest,
  maxBytes: number,
  call: Call,
  found: Descriptor[],
): Promise<void> {
  const started = performance.now();
  let bytesRead = 0;
  const blobs = await listBlobFiles(files, maxBytes, call);
  const quiet: Call = { ...call, look: () => undefined }; // one entry for the scan, not one for each file
  for (const blob of blobs) {
    if (blob.digest === digest || !(await startsLikeJson(files, blob.digest, quiet))) continue;
    bytesRead += blob.size;
    if (bytesRead > maxScannedBytes) throw new OciError('too-large', 'the layout has too much JSON to search');
    const bytes = await readLayoutFile(files, blobPath(blob.digest), maxBytes, quiet);
    if (!Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(digest)) continue;
    const referrer = asReferrer(blob, bytes, digest);
    if (referrer !== undefined) found.push(referrer);
  }
  call.look({
    method: 'READ',
    url: `oci:${files.directory}/blobs`,
    bytes: bytesRead,
    durationMs: Math.round(performance.now() - started),
    note: `searched ${counted(blobs.length, 'blob')} for subject`,
  });
}

function asReferrer(blob: BlobFile, bytes: Uint8Array, subject: Digest): Descriptor | undefined {
  const bare: Descriptor = { mediaType: ociManifest, digest: blob.digest, size: blob.size };
  try {
    const manifest = parseManifest(bytes, { guess: true });
    if (manifest.subject?.digest !== subject) return undefined;
    assertDigest(bytes, blob.digest, 'blob');
    return hoist(
      { ...bare, mediaType: manifest.mediaType },
      { digest: blob.digest, mediaType: manifest.mediaType, size: bytes.byteLength, bytes, manifest },
    );
  } catch (error) {
    if (!concernsOneManifest(error)) throw error;
    // A damaged blob stays in the list, so that its reader learns about the damage; a JSON blob that is not a manifest does not.
    return isOciError(error) && error.code === 'digest-mismatch' ? bare : undefined;
  }
}
