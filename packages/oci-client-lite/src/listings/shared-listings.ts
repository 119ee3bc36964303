import { copyOf, guardStore, storePatienceMs } from '../content/guarded-store.ts';
import type { Call } from '../registry/call.ts';
import type { Registry } from '../registry/registry.ts';
import type { ListingSettings } from './listing-options.ts';
import { maxListingBytes, nameQuestion, openListing, sealListing } from './sealed-listing.ts';

/** What other processes were told, and what they may be told of this one. Only what is there is ever shared, never that nothing is. */
export interface SharedListings {
  /** Opens the place of one question, and looks into it if the call allows it; `undefined` where nothing is shared. */
  open(source: ListingSource, question: readonly string[], call: Call): Promise<ListingPlace | undefined>;
}

/** Who is asked: a registry, or a mirror of it. */
export interface ListingSource {
  /** The repository that is meant, as in references; for a mirror, the one that it stands for. */
  readonly name: string;
  readonly registry: Registry;
  /** Path inside the registry. */
  readonly repository: string;
}

/** The place of one question in the store. */
export interface ListingPlace {
  /** An earlier answer, and its age. Its shape is not checked. */
  readonly known?: { readonly answer: unknown; readonly ageMs: number };
  /** Lets others have the answer that was read just now. */
  keep(answer: unknown): Promise<void>;
}

/** The part of a call's time that a store may take: what comes late must not cost the call its own answer. */
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
  // A clock that is set back must not make an old listing new again.
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
      const known = openListing(key, sealed, { question: named, now, maxAgeMs });
      return {
        ...(known === undefined ? {} : { known: { answer: known.answer, ageMs: now - known.askedAt } }),
        keep: async (answer) => {
          const listing = sealListing(key, { question: named, askedAt, expiresAt: askedAt + maxAgeMs, answer });
          // Credentials that were renewed meanwhile may be those of another account.
          if (listing === undefined || (await nameOf(source, question, call)) !== named) return;
          await guarded.ask((to) => to.set(at, listing, maxAgeMs), patience(call));
        },
      };
    },
  };
}
