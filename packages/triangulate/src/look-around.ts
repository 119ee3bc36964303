import type { Digest } from 'oci-client-lite';
import { lookAtReferrers } from './look-at-referrers.ts';
import { lookAtTag, tagPlaces } from './look-at-tag.ts';
import { type Looked, type Run, wantedKinds } from './search.ts';
import type { Source } from './sources.ts';

/** Looks at every place where something can be that is attached to one digest, at the same time. */
export function lookAround(
  run: Run,
  sources: readonly Source[],
  digest: Digest,
  after: number,
): Promise<readonly Looked[]> {
  return Promise.all(
    sources.flatMap(({ repository, want }) => {
      const search = { ...run, repository, digest, after, wanted: wantedKinds(want) };
      const tags = tagPlaces.filter((place) => want.includes(place.want));
      return [...tags.map((place) => lookAtTag(search, place)), lookAtReferrers(search)];
    }),
  );
}
