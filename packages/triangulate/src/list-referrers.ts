import { fallbackTag, type Referrer, type ReferrersListing, type ReferrersOptions } from 'oci-client-lite';
import { type Failure, failureOf } from './failure.ts';
import type { Search } from './search.ts';
import type { Location } from './triangulation.ts';

/** What is listed as referring to the digest, what each list answered, and the round trips that it took. */
export interface Listed {
  readonly referrers: readonly Referrer[];
  readonly locations: readonly Location[];
  readonly step: number;
}

/** A list of referrers that can be read separately. */
export type ReferrersList = Exclude<ReferrersOptions['lists'], 'auto' | 'both' | undefined> | 'layout';

/** Reads one list of referrers. A failure, or a list that is too long, makes it `unknown`, and keeps what could be read. */
export async function listReferrers(search: Search, list: ReferrersList): Promise<Listed> {
  const { repository, reader, digest, after, sharedListings } = search;
  try {
    const { value, step } = await reader.read(repository, after, (options) =>
      repository.listReferrers(digest, {
        ...options,
        partial: true,
        ...(sharedListings === undefined ? {} : { sharedListings }),
        ...(list === 'layout' ? {} : { lists: list }),
      }),
    );
    const locations = value.looked.map((look) => toLocation(search, look));
    return { referrers: value.referrers, locations, step };
  } catch (error) {
    const locations = [unknown(search, list, failureOf(error))];
    return { referrers: [], locations, step: after };
  }
}

function toLocation(search: Search, { carrier, answer, error, maybeCache, mirror, ageMs }: ReferrersListing): Location {
  if (error !== undefined) return unknown(search, carrier, failureOf(error));
  return {
    kind: carrier,
    name: nameOf(search, carrier),
    answer,
    ...(maybeCache === undefined ? {} : { maybeCache }),
    ...(mirror === undefined ? {} : { mirror }),
    ...(ageMs === undefined ? {} : { ageMs }),
  };
}

function unknown(search: Search, kind: ReferrersListing['carrier'], failure: Failure): Location {
  return { kind, name: nameOf(search, kind), answer: 'unknown', ...failure };
}

function nameOf({ repository, digest }: Search, kind: ReferrersListing['carrier']): string {
  return kind === 'fallback-tag' ? `${repository.name}:${fallbackTag(digest)}` : `${repository.name}@${digest}`;
}
