import { fallbackTag, type Look, OciError, type Referrer } from 'oci-client-lite';
import { type Failure, failureOf } from './failure.ts';
import { maxEntries, type Search } from './search.ts';
import type { Location } from './triangulation.ts';

/** What is listed as referring to the digest, and what each list answered. */
export interface Listed {
  readonly referrers: readonly Referrer[];
  readonly locations: readonly Location[];
}

type Carrier = Referrer['carrier'];

/** Lists the referrers. One list that can't be read takes nothing away from the other. */
export async function listReferrers(search: Search): Promise<Listed> {
  const { repository, reader, digest } = search;
  const looks: Look[] = [];
  try {
    const { referrers, looked } = await reader.read((options) => {
      const onLook = (look: Look): void => {
        looks.push(look);
        options.onLook?.(look);
      };
      return repository.listReferrers(digest, { ...options, onLook });
    });
    return capped({
      referrers,
      locations: looked.map(({ carrier, answer }) => ({ kind: carrier, name: nameOf(search, carrier), answer })),
    });
  } catch (error) {
    const failure = failureOf(error);
    return repository.kind === 'layout'
      ? { referrers: [], locations: [unknown(search, 'layout', failure)] }
      : await afterFailure(search, failure, looks);
  }
}

/**
 * The client lists all or nothing. Where one of the two lists failed, the fallback tag is read once more by itself, so that a referrers API
 * that answers 401 or 500 doesn't hide the signatures that are listed under the tag.
 */
async function afterFailure(search: Search, failure: Failure, looks: readonly Look[]): Promise<Listed> {
  // The client only goes on to the tag when the API has none, or isn't there: then it was the tag that failed.
  const tagFailed = looks.some(({ url }) => url.includes(`/manifests/${fallbackTag(search.digest)}`));
  const api: Location = tagFailed
    ? {
        kind: 'referrers-api',
        name: nameOf(search, 'referrers-api'),
        answer: 'unsupported',
        message: 'listed nothing; the fallback tag decides',
      }
    : unknown(search, 'referrers-api', failure);
  if (failure.code === 'timeout' || failure.code === 'aborted') {
    return { referrers: [], locations: [api, unknown(search, 'fallback-tag', failure)] };
  }
  const fallback = await readFallbackTag(search);
  return { referrers: fallback.referrers, locations: [api, ...fallback.locations] };
}

async function readFallbackTag(search: Search): Promise<Listed> {
  const { repository, reader, digest } = search;
  const place = { kind: 'fallback-tag', name: nameOf(search, 'fallback-tag') } as const;
  try {
    const { manifest } = await reader.read((options) => repository.fetchManifest(fallbackTag(digest), options));
    if (manifest.kind !== 'index')
      throw new OciError('invalid-manifest', 'the fallback tag for referrers is not an index');
    const byDigest = new Map(manifest.manifests.map((descriptor) => [descriptor.digest, descriptor]));
    const referrers = [...byDigest.values()].map((descriptor) => ({ descriptor, carrier: place.kind }));
    return capped({ referrers, locations: [{ ...place, answer: referrers.length > 0 ? 'found' : 'absent' }] });
  } catch (error) {
    const failure = failureOf(error);
    if (failure.code === 'not-found') return { referrers: [], locations: [{ ...place, answer: 'absent' }] };
    return { referrers: [], locations: [unknown(search, 'fallback-tag', failure)] };
  }
}

function capped({ referrers, locations }: Listed): Listed {
  if (referrers.length <= maxEntries) return { referrers, locations };
  const cut = new Set(referrers.slice(maxEntries).map(({ carrier }) => carrier as Location['kind']));
  const tooMany = { answer: 'unknown', code: 'too-large', message: `more than ${maxEntries} referrers` } as const;
  return {
    referrers: referrers.slice(0, maxEntries),
    locations: locations.map((location) => (cut.has(location.kind) ? { ...location, ...tooMany } : location)),
  };
}

function unknown(search: Search, kind: Carrier, failure: Failure): Location {
  return { kind, name: nameOf(search, kind), answer: 'unknown', ...failure };
}

function nameOf({ repository, digest }: Search, kind: Carrier): string {
  return kind === 'fallback-tag' ? `${repository.name}:${fallbackTag(digest)}` : `${repository.name}@${digest}`;
}
