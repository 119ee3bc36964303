import type { Digest } from 'oci-client-lite';
import { lookBehind } from './attestation-manifest.ts';
import { lookAtReferrers } from './look-at-referrers.ts';
import { lookAtTag, tagPlaces } from './look-at-tag.ts';
import { type Looked, type Run, type Search, wantedKinds } from './search.ts';
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
      const walks = run.attestations.mode !== 'none' && want.includes('attestations');
      const behind: Search['behind'] = walks ? async (lead, step) => lookBehind(run, lead, step) : undefined;
      const wanted = wantedKinds(want);
      const search = { ...run, repository, digest, after, wanted, ...(behind === undefined ? {} : { behind }) };
      const tags = tagPlaces.filter((place) => want.includes(place.want));
      return [...tags.map((place) => lookAtTag(search, place)), lookAtReferrers(search)];
    }),
  );
}
