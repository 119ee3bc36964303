import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';

/** An answer of a registry, in the form in which processes share it. */
export interface Listing {
  /** The name of the question, by `nameQuestion`. */
  readonly question: string;
  /** When the registry was asked, in milliseconds since 1970. */
  readonly askedAt: number;
  /** When it becomes useless. */
  readonly expiresAt: number;
  readonly answer: unknown;
}

/** What a listing must satisfy before it is believed. */
export interface Expected {
  readonly question: string;
  readonly now: number;
  readonly maxAgeMs: number;
}

/** An honest list of a thousand referrers has half as many. */
export const maxListingBytes: number = 1024 * 1024;

// Each use of the key has a first line of its own, so that the name of a question is never the seal of a listing.
const SEAL = 'sigtrail-listing-v1';
const QUESTION = 'sigtrail-listing-question-v1';

const listingSchema = z.lazy(() =>
  z.strictObject({
    question: z.string(),
    askedAt: z.int(),
    expiresAt: z.int(),
    answer: z.unknown(),
  }),
);

/**
 * A name for a question that reveals nothing about it: a question contains a digest of its asker's credentials, and a reader of the store must not be able to try passwords
 * against that.
 */
export function nameQuestion(key: KeyObject, question: string): string {
  return macOf(key, QUESTION, question).toString('hex');
}

/** The bytes of a listing under a MAC over all of it; `undefined` if it is too long to be shared. */
export function sealListing(key: KeyObject, listing: Listing): Uint8Array | undefined {
  const { question, askedAt, expiresAt, answer } = listing;
  const text = JSON.stringify({ question, askedAt, expiresAt, answer });
  const sealed = Buffer.from(`${SEAL} ${macOf(key, SEAL, text).toString('base64url')}\n${text}`);
  return sealed.byteLength > maxListingBytes ? undefined : sealed;
}

/**
 * Opens a listing if a holder of the key sealed it, as the answer to this very question, and it is not too old. A listing dated in the future is refused, since its age is
 * unknown.
 */
export function openListing(
  key: KeyObject,
  sealed: unknown,
  { question, now, maxAgeMs }: Expected,
): Listing | undefined {
  if (!(sealed instanceof Uint8Array) || sealed.byteLength > maxListingBytes) return undefined;
  const [, mac, text] = /^sigtrail-listing-v1 ([\w-]{43})\n(.+)$/s.exec(Buffer.from(sealed).toString()) ?? [];
  if (mac === undefined || text === undefined) return undefined;
  if (!timingSafeEqual(Buffer.from(mac), Buffer.from(macOf(key, SEAL, text).toString('base64url')))) return undefined;
  const { success, data } = listingSchema.safeParse(JSON.parse(text)); // text that this package wrote
  if (!success || data.question !== question) return undefined;
  const { askedAt, expiresAt } = data;
  return askedAt <= now && now < expiresAt && now - askedAt < maxAgeMs ? data : undefined;
}

function macOf(key: KeyObject, use: string, text: string): Buffer {
  return createHmac('sha256', key).update(`${use}\n`).update(text).digest();
}
