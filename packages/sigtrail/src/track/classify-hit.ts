import type { EntryRole, TrackedEntry } from './image-track.ts';
import type { KnownPayload } from './known-payload.ts';

/** How an entry relates to the tracked digests. */
export interface Classified {
  readonly role: EntryRole;
  readonly about: readonly string[];
  readonly content: TrackedEntry['content'];
  readonly predicateType?: string;
  /** The payload that it is over, where it is at hand. */
  readonly payload?: KnownPayload;
}

/**
 * Says how an entry relates to an image. Only a payload whose digest the entry names says anything; without one, a hit is `unbound`, about the digests
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
  const known = { content: kind, payload, ...(predicateType === undefined ? {} : { predicateType }) };
  const subjects = tracked.filter((digest) => payload.subjects.includes(digest));
  if (subjects.length > 0)
    return { role: kind === 'simple-signing' ? 'payload' : 'subject', about: subjects, ...known };
  const materials = tracked.filter((digest) => payload.materials.includes(digest));
  return materials.length > 0
    ? { role: 'material', about: materials, ...known }
    : // The statement is at hand and does not name the image: the index was wrong, or lied.
      { role: 'unbound', about: [], ...known };
}
