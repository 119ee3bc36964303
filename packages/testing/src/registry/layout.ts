import { requireText } from '@sigtrail/encoding';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RepositoryContent } from './content.ts';
import type { ContentDigest } from './digest.ts';
import { listReferrer } from './referrers.ts';
import { type ContentDescriptor, manifestMediaType, toStoredManifest } from './stored-manifest.ts';

/** What came out of a layout. */
export interface LoadedLayout {
  /** The one image that the layout is about: the image of `cosign save`, else its first tagged manifest that is neither a list nor a signature. */
  readonly root?: string;
  readonly tags: readonly string[];
}

interface LayoutIndex {
  readonly manifests?: readonly ContentDescriptor[];
}

const REF_NAME = 'org.opencontainers.image.ref.name';
/** The registry olareg keeps one referrers list per subject as an index entry with this annotation. */
const OLAREG_SUBJECT = 'org.olareg.referrer.subject';
const COSIGN = 'dev.cosignproject.cosign/';

/**
 * Adds an OCI image layout on disk to a repository. Bytes are filed under the digest in their path, unchecked: a layout
 * that lies is served as it lies. `cosign save` writes no tags but `kind` annotations: its signatures and attestations
 * get the tags that cosign would give them, and its image gets `imageTag`.
 */
export function loadLayout(content: RepositoryContent, directory: string, imageTag?: string): LoadedLayout {
  requireText(directory, 'registry.loadLayout', 'directory');
  if (imageTag !== undefined) requireText(imageTag, 'registry.loadLayout', 'imageTag');
  const entries = readIndex(join(directory, 'index.json')).manifests ?? [];
  const mediaTypes = new Map(entries.map(({ digest, mediaType }) => [digest, mediaType]));
  for (const [digest, bytes] of readBlobs(directory)) {
    const mediaType = mediaTypes.get(digest) ?? manifestMediaType(bytes);
    if (mediaType === undefined) content.blobs.set(digest, bytes);
    else content.manifests.set(digest, toStoredManifest(bytes, mediaType, digest));
  }
  const image = entries.find(({ annotations }) => /^image(?:Index)?$/.test(cosignKind(annotations)));
  const tags: string[] = [];
  const tag = (name: string, digest: string): void => {
    content.tags.set(name, digest);
    tags.push(name);
  };
  for (const { digest, annotations = {} } of entries) {
    const subject = annotations[OLAREG_SUBJECT];
    if (subject !== undefined) takeReferrersList(content, subject, digest);
    const name = annotations[REF_NAME];
    if (name !== undefined) tag(name, digest);
    const ending = { sigs: 'sig', atts: 'att' }[cosignKind(annotations)];
    if (ending !== undefined && image !== undefined) tag(`${image.digest.replace(':', '-')}.${ending}`, digest);
  }
  const root = image ?? entries.find(({ annotations }) => isImageTag(annotations?.[REF_NAME]));
  if (imageTag !== undefined && root !== undefined) tag(imageTag, root.digest);
  return { ...(root === undefined ? {} : { root: root.digest }), tags };
}

/** The list is bookkeeping of olareg, not content of the repository: clients see its entries, never the index itself. */
function takeReferrersList(content: RepositoryContent, subject: string, digest: string): void {
  const list = content.manifests.get(digest);
  if (list === undefined) return;
  content.manifests.delete(digest);
  const { manifests = [] } = JSON.parse(Buffer.from(list.bytes).toString('utf8')) as LayoutIndex;
  for (const descriptor of manifests) listReferrer(content, subject, descriptor);
}

function* readBlobs(directory: string): Generator<readonly [ContentDigest, Uint8Array]> {
  for (const algorithm of ['sha256', 'sha512'] as const) {
    const folder = join(directory, 'blobs', algorithm);
    if (!existsSync(folder)) continue;
    for (const hex of readdirSync(folder).toSorted()) yield [`${algorithm}:${hex}`, readFileSync(join(folder, hex))];
  }
}

function readIndex(path: string): LayoutIndex {
  return JSON.parse(readFileSync(path, 'utf8')) as LayoutIndex;
}

function cosignKind(annotations: Readonly<Record<string, string>> | undefined): string {
  const kind = annotations?.['kind'] ?? '';
  return kind.startsWith(COSIGN) ? kind.slice(COSIGN.length) : '';
}

/** A tag that people gave, not one that cosign or the referrers tag schema derives from a digest. */
function isImageTag(tag: string | undefined): boolean {
  return tag !== undefined && !/^sha(?:256|512)-[0-9a-f]{64}/.test(tag);
}
