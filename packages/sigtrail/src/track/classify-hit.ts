import type { EntryRole, TrackedEntry } from './image-track.ts';
import type { KnownPayload } from './known-payload.ts';

/** How an entry relates to the tracked digests. */
export interface Classified {
  readonly role: EntryRole;
  readonly about: readonly string[];
  readonly content: TrackedEntry['content'];
  readonly predicateType?: string;
  /** The payload that was signed, if it is known. */
  readonly payload?: KnownPayload;
}

/**
 * Says how an entry relates to an image. Only a payload whose digest the entry names proves anything; without such a payload, a hit is `unbound`, and about the digests
 * that the index was asked for.
 */
export function classifyHit(
  hashes: readonly string[],
  payloads: readonly KnownPayload[],
  tracked: readonly string[],
  asked: readonly string[],
): Classified {
  const payload = payloads.find((one) => one.hashes.some((hash) => hashes.includes(hash)));
  if (payload === undefined) return { role: 'unbound', about: asked, content: 'unknown' };
  const { kind, predicateType } = payload;
  const signedContent = { content: kind, payload, ...(predicateType === undefined ? {} : { predicateType }) };
  const subjects = tracked.filter((digest) => payload.subjects.includes(digest));
  if (subjects.length > 0)
    return { role: kind === 'simple-signing' ? 'payload' : 'subject', about: subjects, ...signedContent };
  const materials = tracked.filter((digest) => payload.materials.includes(digest));
  return materials.length > 0
    ? { role: 'material', about: materials, ...signedContent }
    : // The statement is known and does not name the image: the index was wrong, or lied.
      { role: 'unbound', about: [], ...signedContent };
}
