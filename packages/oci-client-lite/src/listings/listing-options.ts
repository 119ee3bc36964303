import { createSecretKey, type KeyObject } from 'node:crypto';
import { optionError } from '@sigtrail/encoding';
import { z } from 'zod';

/**
 * Where processes share answers of registries: a folder, a Redis. Values are opaque. What the store returns is believed only under a MAC whose key the store does not hold, for the
 * same question, and for a while. A store that throws is reported through `onWarning` and treated as empty; a store that does not answer is skipped for half a minute.
 */
export interface ListingStore {
  get(key: string): Uint8Array | undefined | Promise<Uint8Array | undefined>;
  /** After `keepMs` the value is of no use to any reader. A store may keep it longer, or drop it at any time. */
  set(key: string, bytes: Uint8Array, keepMs: number): void | Promise<void>;
}

/** How listings are shared between processes. */
export interface SharedListingsOptions {
  readonly store: ListingStore;
  /**
   * At least 32 random bytes that all processes know and the store does not. Anyone who has them can hide leads from the others or show them false ones; what the leads point to is still hashed
   * and verified.
   */
  readonly key: Uint8Array;
  /** The oldest answer that is used, and how long an answer of this process may be used by others. 60,000 ms; at most a day. */
  readonly maxAgeMs?: number | undefined;
  /**
   * Tells askers apart that differ in a way this client can't see. Required with a `transport`, `resolve` or `proxy` of the caller's, which may sign requests, or lead to a different
   * host of the same name: give the account and the network that it asks for, or `''` if it asks like everyone else.
   */
  readonly asker?: string | undefined;
  /** The clock that answers are dated with, the same for all processes. `Date.now` */
  readonly clock?: (() => number) | undefined;
}

/** The options, checked. */
export interface ListingSettings {
  readonly store: ListingStore;
  readonly key: KeyObject;
  readonly maxAgeMs: number;
  readonly asker: string | undefined;
  readonly clock: () => number;
}

const minKeyBytes = 32;
const dayMs = 24 * 60 * 60_000;

const aFunction = (): z.ZodType => z.custom((value) => typeof value === 'function');
/** The shape of the option `listings`. */
export const listingsSchema: z.ZodType<SharedListingsOptions> = z.lazy(() =>
  z.strictObject({
    store: z.custom<ListingStore>((value) => z.object({ get: aFunction(), set: aFunction() }).safeParse(value).success),
    key: z.custom<Uint8Array>((value) => value instanceof Uint8Array && value.byteLength >= minKeyBytes),
    maxAgeMs: z.int().positive().max(dayMs).optional(),
    asker: z.string().optional(),
    clock: z.custom<() => number>((value) => typeof value === 'function').optional(),
  }),
);

/** Fills in the defaults of options whose shape was checked. @throws TypeError `invalid-option` */
export function parseListings(
  given: SharedListingsOptions | undefined,
  seams: { readonly transport?: unknown; readonly resolve?: unknown; readonly proxy?: unknown },
): ListingSettings | undefined {
  if (given === undefined) return undefined;
  const { store, key, maxAgeMs = 60_000, asker, clock = Date.now } = given;
  const seam = (['transport', 'resolve', 'proxy'] as const).find(
    (name) => seams[name] !== undefined && seams[name] !== false,
  );
  if (seam !== undefined && asker === undefined)
    throw optionError(
      'invalid-option',
      `createOciClient: "listings.asker" must say for whom, or in which network, the "${seam}" asks, since listings are shared only between equal askers; '' if it does not change the requests`,
    );
  return { store, key: createSecretKey(Uint8Array.from(key)), maxAgeMs, asker, clock };
}
