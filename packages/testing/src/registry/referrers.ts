import { requireObject, requireText } from '@sigtrail/encoding';
import type { RepositoryContent } from './content.ts';
import { MEDIA_TYPE } from './media-type.ts';
import type { ContentDescriptor } from './stored-manifest.ts';

/**
 * What refers to a digest: first the descriptors listed by decree, in their order, then every stored manifest
 * whose `subject` names the digest (distribution-spec §listing-referrers).
 */
export function referrersOf(content: RepositoryContent, subject: string): readonly ContentDescriptor[] {
  requireText(subject, 'registry.referrersOf', 'subject');
  const found = new Map<string, ContentDescriptor>();
  for (const descriptor of content.listed.get(subject) ?? []) found.set(descriptor.digest, descriptor);
  for (const manifest of content.manifests.values()) {
    if (manifest.subject !== subject || found.has(manifest.descriptor.digest)) continue;
    found.set(manifest.descriptor.digest, manifest.descriptor);
  }
  return [...found.values()];
}

/** Lists a descriptor as a referrer without a manifest that says so: what a lying or half-cleaned registry does. */
export function listReferrer(content: RepositoryContent, subject: string, descriptor: ContentDescriptor): void {
  requireText(subject, 'registry.listReferrer', 'subject');
  requireObject(descriptor, 'registry.listReferrer', 'descriptor', ['digest']);
  const listed = content.listed.get(subject) ?? [];
  if (!listed.some(({ digest }) => digest === descriptor.digest)) listed.push(descriptor);
  content.listed.set(subject, listed);
}

/** The bytes of a referrers list: an image index. */
export function referrersIndex(manifests: readonly ContentDescriptor[]): Buffer {
  return Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPE.index, manifests }));
}

/**
 * The tag under which clients keep the list where the registry has no referrers API: algorithm cut at 32 and digest at
 * 64 characters, so that sha512 loses its second half (distribution-spec §referrers-tag-schema).
 */
export function fallbackTagOf(digest: string): string {
  requireText(digest, 'fallbackTagOf', 'digest');
  const [algorithm = '', encoded = ''] = digest.split(':');
  return `${algorithm.slice(0, 32)}-${encoded.slice(0, 64)}`;
}

/** Whether a tag has the form of the referrers tag schema. Tags of cosign (`….sig`) have an ending and don't match. */
export function isFallbackTag(tag: string): boolean {
  return /^sha(?:256|512)-[0-9a-f]{64}$/.test(tag);
}

/** The list a fallback tag would hold if clients had kept it, or `undefined` when nothing refers to such a digest. */
export function synthesisedFallback(content: RepositoryContent, tag: string): Buffer | undefined {
  const subject = subjectsOf(content).find((digest) => fallbackTagOf(digest) === tag);
  return subject === undefined ? undefined : referrersIndex(referrersOf(content, subject));
}

/** Every digest that something in the repository refers to. */
export function subjectsOf(content: RepositoryContent): readonly string[] {
  const subjects = new Set(content.listed.keys());
  for (const { subject } of content.manifests.values()) if (subject !== undefined) subjects.add(subject);
  return [...subjects];
}
