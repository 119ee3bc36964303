import { requireBytes, requireText } from '@sigtrail/encoding';
import { type ContentDigest, type DigestAlgorithm, digestOf } from './digest.ts';
import { type ContentDescriptor, type StoredManifest, toStoredManifest } from './stored-manifest.ts';

/** Everything one repository holds. */
export interface RepositoryContent {
  readonly manifests: Map<string, StoredManifest>;
  readonly blobs: Map<string, Uint8Array>;
  readonly tags: Map<string, string>;
  /** Referrers that are listed by decree, by subject: what a registry says, whether or not a manifest backs it. */
  readonly listed: Map<string, ContentDescriptor[]>;
}

/** An empty repository. */
export function emptyRepository(): RepositoryContent {
  return { manifests: new Map(), blobs: new Map(), tags: new Map(), listed: new Map() };
}

/** Stores a manifest and, where a tag is given, points the tag at it. */
export function putManifest(
  content: RepositoryContent,
  bytes: Uint8Array,
  mediaType: string,
  tag?: string,
  algorithm: DigestAlgorithm = 'sha256',
): ContentDigest {
  requireText(mediaType, 'registry.putManifest', 'mediaType');
  if (tag !== undefined) requireText(tag, 'registry.putManifest', 'tag');
  const digest = digestOf(bytes, algorithm);
  content.manifests.set(digest, toStoredManifest(bytes, mediaType, digest));
  if (tag !== undefined) content.tags.set(tag, digest);
  return digest;
}

/** Stores a blob. */
export function putBlob(
  content: RepositoryContent,
  bytes: Uint8Array,
  algorithm: DigestAlgorithm = 'sha256',
): ContentDigest {
  const digest = digestOf(bytes, algorithm);
  content.blobs.set(digest, bytes);
  return digest;
}

/** Points a tag at a digest. */
export function setTag(content: RepositoryContent, tag: string, digest: string): void {
  requireText(tag, 'registry.tag', 'tag');
  requireText(digest, 'registry.tag', 'digest');
  content.tags.set(tag, digest);
}

/** Replaces the bytes served under a digest that they no longer fit. The referrers list keeps its old entry. */
export function tamper(content: RepositoryContent, digest: string, bytes: Uint8Array): void {
  requireText(digest, 'registry.tamper', 'digest');
  requireBytes(bytes, 'registry.tamper', 'bytes');
  const manifest = content.manifests.get(digest);
  if (manifest !== undefined) content.manifests.set(digest, { ...manifest, bytes });
  if (content.blobs.has(digest)) content.blobs.set(digest, bytes);
}

/** Takes a tag, or a manifest or blob by digest, away. Tags of a removed manifest dangle, as after a careless clean-up. */
export function remove(content: RepositoryContent, tagOrDigest: string): void {
  requireText(tagOrDigest, 'registry.remove', 'tagOrDigest');
  content.tags.delete(tagOrDigest);
  content.manifests.delete(tagOrDigest);
  content.blobs.delete(tagOrDigest);
}
