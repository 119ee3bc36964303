import type { Call } from './call.ts';
import type { Descriptor } from '../content/descriptor.ts';
import { type Digest, parseDigest } from '../reference/digest.ts';
import { isOciError } from '../error.ts';
import { toOciError } from './errors-from-http.ts';
import { mirrorPlaces, readsDigests } from './mirror.ts';
import type { MirrorPlace, Place } from '../place.ts';
import { listFromApi } from './referrers-api.ts';
import { asReferrers, isWanted, settle } from './referrers-list.ts';
import { completeAll, listFromTag } from './referrers-tag.ts';
import type { Referrers, ReferrersOptions } from '../repository.ts';

/** How {@link listReferrers} lists. */
export type ListOptions = Pick<ReferrersOptions, 'lists' | 'partial' | 'artifactType' | 'annotations'>;

/**
 * Lists referrers from the API, and from the fallback tag if the API is missing or lists nothing. A mirror that has referrers answers for the
 * registry; a mirror without any proves nothing: Debian's registry as a mirror answers 404 for every list.
 *
 * @throws OciError unless `partial`
 */
export async function listReferrers(
  place: Place,
  digest: Digest,
  call: Call,
  options: ListOptions = {},
): Promise<Referrers> {
  parseDigest(digest);
  for (const mirror of mirrorPlaces(place)) {
    try {
      const list = await listOf(mirror, digest, call, { ...options, partial: false });
      if (list.referrers.length > 0)
        return { ...list, looked: list.looked.map((look) => ({ ...look, mirror: mirror.registry.name })) };
    } catch (thrown) {
      const error = toOciError(thrown);
      if (!isOciError(error)) throw error;
      call.deadline.check();
    }
  }
  // The fallback tag is a list, so mirrors that resolve tags are not asked for it.
  const origin = { ...place, mirrors: place.mirrors.filter(readsDigests).map(onlyDigests) };
  return await listOf(origin, digest, call, options);
}

function onlyDigests(mirror: MirrorPlace): MirrorPlace {
  return { ...mirror, reads: 'digests' };
}

async function listOf(place: Place, digest: Digest, call: Call, options: ListOptions): Promise<Referrers> {
  const { lists = 'auto', partial = false, artifactType, annotations } = options;
  const filter = { artifactType, annotations };
  const fromApi =
    lists === 'fallback-tag' ? undefined : settle(await listFromApi(place, digest, artifactType, call), partial);
  // The tag is read even if the API lists nothing: registries that got the API later do not always list what was pushed with the tag before.
  const asksTag =
    lists === 'fallback-tag' || lists === 'both' || (lists === 'auto' && fromApi?.descriptors.length === 0);
  const fromTag = asksTag ? settle(await listFromTag(place, digest, call), partial) : undefined;

  // Always filtered here, since a registry may ignore filters that it doesn't know. Only entries that the list doesn't describe are read.
  const complete = async (listed: readonly Descriptor[], isNeeded: boolean): Promise<readonly Descriptor[]> =>
    partial || !isNeeded
      ? listed.filter((descriptor) => isWanted(descriptor, filter, false))
      : await completeAll(place, digest, listed, filter, call);
  const isFiltered = artifactType !== undefined || annotations !== undefined;
  const listed = await complete(fromApi?.descriptors ?? [], isFiltered);
  const listedDigests = new Set(listed.map((descriptor) => descriptor.digest));
  const others = (fromTag?.descriptors ?? []).filter((descriptor) => !listedDigests.has(descriptor.digest));
  const tagged = await complete(others, true);
  return {
    referrers: [...asReferrers(listed, 'referrers-api'), ...asReferrers(tagged, 'fallback-tag')],
    looked: [fromApi, fromTag]
      .filter((list) => list !== undefined)
      .map(({ carrier, answer, error, maybeCache, ageMs }) => ({
        carrier,
        answer,
        ...(ageMs === undefined ? {} : { ageMs }),
        ...(maybeCache === undefined ? {} : { maybeCache }),
        ...(answer === 'unknown' && error !== undefined ? { error } : {}),
      })),
  };
}
