import type { Call } from './call.ts';
import type { Descriptor } from '../content/descriptor.ts';
import type { Digest } from '../reference/digest.ts';
import { type EntryList, parseEntryList } from '../content/manifest.ts';
import { isOciError, OciError } from '../error.ts';
import { fallbackTag } from '../reference/fallback-tag.ts';
import type { Place } from '../place.ts';
import {
  distinct,
  failureOf,
  hoist,
  isIncomplete,
  isSubjectItself,
  isWanted,
  type List,
  malformedEntries,
  maxReferrers,
  type ReferrersFilter,
} from './referrers-list.ts';
import { readManifest, readTagged } from './registry-content.ts';
import { concernsOneManifest, maxDescriptors } from '../content/check-content.ts';

const maxCompleted = 50;
const noEntries: EntryList = { entries: [], malformed: [] };

/** Lists referrers by the fallback tag (distribution-spec "Referrers Tag Schema"). */
export async function listFromTag(place: Place, digest: Digest, call: Call): Promise<List> {
  const carrier = 'fallback-tag';
  try {
    const { value, ageMs } = await readTagged(place, fallbackTag(digest), call, {
      parse: (bytes, _, declared, url) => readList(bytes, digest, declared, url),
      isShared: (list) => list.entries.length > 0 && list.malformed.length === 0,
    });
    const { entries, malformed } = value;
    const descriptors = distinct(entries);
    if (descriptors.length > maxReferrers)
      return {
        carrier,
        descriptors: descriptors.slice(0, maxReferrers),
        answer: 'unknown',
        error: new OciError('too-large', `more than ${maxReferrers} referrers`),
      };
    const error = malformedEntries(malformed, descriptors.length);
    if (error !== undefined) return { carrier, descriptors, answer: 'unknown', error };
    return {
      carrier,
      descriptors,
      answer: descriptors.length > 0 ? 'found' : 'absent',
      ...(ageMs === undefined ? {} : { ageMs }),
    };
  } catch (thrown) {
    const error = failureOf(thrown, call);
    if (error.code === 'not-found') return { carrier, descriptors: [], answer: 'absent' };
    return { carrier, descriptors: [], answer: 'unknown', error };
  }
}

function readList(
  bytes: Uint8Array,
  subject: Digest,
  declared: string | undefined,
  url: string | undefined,
): EntryList {
  if (isSubjectItself(bytes, subject)) return noEntries;
  try {
    return parseEntryList(bytes, { declared, url, maxDescriptors });
  } catch (error) {
    if (!isOciError(error) || error.code !== 'unsupported-media-type') throw error;
    throw new OciError('invalid-response', 'the fallback tag for referrers is not an index', {
      actual: error.actual,
      url,
      cause: error,
    });
  }
}

/**
 * The wanted entries of a fallback tag, completed from their manifests: older versions of cosign and ggcr wrote entries without artifactType, later
 * versions without annotations, and such entries are never repaired (cosign #4641, #5098).
 */
export async function completeAll(
  place: Place,
  subject: Digest,
  descriptors: readonly Descriptor[],
  filter: ReferrersFilter,
  call: Call,
): Promise<readonly Descriptor[]> {
  const completed: Descriptor[] = [];
  let read = 0;
  for (const descriptor of descriptors) {
    if (!isWanted(descriptor, filter, false)) continue;
    if (!isIncomplete(descriptor, filter) || read >= maxCompleted) {
      completed.push(descriptor);
      continue;
    }
    read += 1;
    try {
      const fetched = await readManifest(place, descriptor.digest, call);
      const { subject: named } = fetched.manifest;
      if (named !== undefined && named.digest !== subject) {
        place.registry.warn(
          `${descriptor.digest} is listed as a referrer of ${subject}, but names a different subject`,
        );
        continue;
      }
      const whole = hoist(descriptor, fetched);
      if (isWanted(whole, filter, true)) completed.push(whole);
    } catch (error) {
      if (!concernsOneManifest(error)) throw error;
      completed.push(descriptor); // one bad referrer must not hide the good ones
    }
  }
  return completed;
}
