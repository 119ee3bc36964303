import { copyOf, guardStore, storePatienceMs } from '../content/guarded-store.ts';
import type { Call } from '../registry/call.ts';
import type { Registry } from '../registry/registry.ts';
import type { ListingSettings } from './listing-options.ts';
import { maxListingBytes, nameQuestion, openListing, sealListing } from './sealed-listing.ts';

/** The answers that other processes got, and those that this process lets them have. Only what exists is ever shared, never that something is absent. */
export interface SharedListings {
  /** Opens the place of a question, and looks into it if the call allows that; `undefined` if nothing is shared. */
  open(source: ListingSource, question: readonly string[], call: Call): Promise<ListingPlace | undefined>;
}

/** Who is asked: a registry, or a mirror of it. */
export interface ListingSource {
  /** The repository, as in references; for a mirror, the repository that it mirrors. */
  readonly name: string;
  readonly registry: Registry;
  /** Path inside the registry. */
  readonly repository: string;
}

/** The place of a question in the store. */
export interface ListingPlace {
  /** An earlier answer, and its age. Its shape is not checked. */
  readonly known?: { readonly answer: unknown; readonly ageMs: number };
  /** Shares the answer that was just read. */
  keep(answer: unknown): Promise<void>;
}

/** The part of a call's time that a store may take: a late answer of the store must not cost the call its own answer. */
const storeShare = 1 / 10;

/** Opens the store of a client; without one, nothing is shared. `wayOf` tells apart clients that reach a registry differently. */
export function createSharedListings(
  settings: ListingSettings | undefined,
  wayOf: () => string,
  onStoreFailure: () => void,
): SharedListings {
  if (settings === undefined) return { open: () => Promise.resolve(undefined) };
  const { store, key, maxAgeMs, clock, asker = null } = settings;
  const way = wayOf();
  // Setting the clock back must not make an old listing new again.
  let latest = Number.NEGATIVE_INFINITY;
  const guarded = guardStore(store, onStoreFailure);
  const patience = ({ deadline }: Call): number =>
    Math.max(1, Math.min(storePatienceMs, deadline.remainingMs() * storeShare));
  const nameOf = async (
    { name, registry, repository }: ListingSource,
    question: readonly string[],
    call: Call,
  ): Promise<string> => {
    const as = await registry.askedAs(repository, call);
    return nameQuestion(key, JSON.stringify([way, asker, name, as, repository, ...question]));
  };

  return {
    open: async (source, question, call) => {
      if (call.sharedListings === undefined) return undefined;
      const askedAt = Math.floor(clock());
      if (askedAt > latest) latest = askedAt;
      const now = Math.max(askedAt, latest);
      const named = await nameOf(source, question, call);
      const at = `sigtrail-listing ${named}`;
      const sealed =
        call.sharedListings === 'use'
          ? await guarded.ask(async (from) => copyOf(await from.get(at), maxListingBytes), patience(call))
          : undefined;
      const listing = openListing(key, sealed, { question: named, now, maxAgeMs });
      return {
        ...(listing === undefined ? {} : { known: { answer: listing.answer, ageMs: now - listing.askedAt } }),
        keep: async (answer) => {
          const listing = sealListing(key, { question: named, askedAt, expiresAt: askedAt + maxAgeMs, answer });
          // Credentials that were renewed meanwhile may belong to a different account.
          if (listing === undefined || (await nameOf(source, question, call)) !== named) return;
          await guarded.ask((to) => to.set(at, listing, maxAgeMs), patience(call));
        },
      };
    },
  };
}
