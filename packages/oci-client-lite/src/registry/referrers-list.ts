import type { Call } from './call.ts';
import type { Descriptor } from '../content/descriptor.ts';
import { isOciError, OciError } from '../error.ts';
import { toOciError } from './errors-from-http.ts';
import type { FetchedManifest } from '../content/manifest.ts';
import { type Digest, digestAlgorithm, digestOf } from '../reference/digest.ts';
import type { Referrer, ReferrerCarrier, ReferrersListing, ReferrersOptions } from '../repository.ts';

/** Most descriptors a list of referrers may have. */
export const maxReferrers = 1000;

/** The readable part of one list. */
export interface List extends ReferrersListing {
  readonly descriptors: readonly Descriptor[];
}

// Some registries without the API answer with something that is neither a list nor a refusal (a web page with status 200). A caller that wants
// certainty learns that this list was not read.
export function settle(list: List, partial: boolean): List {
  const { answer, error } = list;
  if (error === undefined) return list;
  if (partial) return { ...list, answer: 'unknown' };
  if (answer === 'unknown') throw error;
  return list;
}

/** The error of a list, kept next to what was read; a programmer's mistake is rethrown. */
export function failureOf(thrown: unknown, call: Call): OciError {
  const error = toOciError(thrown);
  if (!isOciError(error)) throw error;
  if (error.code !== 'not-found') call.annotate({ error: error.code });
  return error;
}

/** The warning for a list with unreadable entries; `undefined` if all could be read. */
export function malformedEntries(malformed: readonly string[], kept: number): OciError | undefined {
  const [first] = malformed;
  if (first === undefined) return undefined;
  const others = malformed.length === 1 ? '' : `, and ${malformed.length - 1} more like it`;
  return new OciError(
    'invalid-response',
    `the list of referrers has a malformed ${first}${others}; the other entries (${kept}) are kept, and the list counts as incomplete`,
  );
}

/** Descriptors with their carrier, each digest once. @throws OciError `too-large` */
export function asReferrers(descriptors: readonly Descriptor[], carrier: ReferrerCarrier): readonly Referrer[] {
  const once = distinct(descriptors);
  if (once.length > maxReferrers) throw new OciError('too-large', `more than ${maxReferrers} referrers`);
  return once.map((descriptor) => ({ descriptor, carrier }));
}

/** Each digest once, in order. */
export function distinct(descriptors: readonly Descriptor[]): readonly Descriptor[] {
  const byDigest = new Map<string, Descriptor>();
  for (const descriptor of descriptors)
    if (!byDigest.has(descriptor.digest)) byDigest.set(descriptor.digest, descriptor);
  return [...byDigest.values()];
}

/**
 * Whether a fallback tag answers with the subject itself, which means that nothing refers to it: GitLab's registry resolves `sha256-HEX` as the
 * digest for every image (oras-go #2148), and `cosign copy` leaves such a tag behind. The manifests of an index are not its referrers.
 */
export function isSubjectItself(bytes: Uint8Array, subject: Digest): boolean {
  return digestOf(bytes, digestAlgorithm(subject)) === subject;
}

/** What the caller wants from a list. */
export type ReferrersFilter = Pick<ReferrersOptions, 'artifactType' | 'annotations'>;

// go-containerregistry's registry lists this type for an artifact with an empty configuration, since it ignores the artifactType.
const emptyConfigType = 'application/vnd.oci.empty.v1+json';

function saidType({ artifactType }: Descriptor): string | undefined {
  return artifactType === emptyConfigType ? undefined : artifactType;
}

/** Whether a list doesn't say enough about an entry to filter it. */
export function isIncomplete(descriptor: Descriptor, filter: ReferrersFilter): boolean {
  return (
    saidType(descriptor) === undefined ||
    Object.keys(filter.annotations ?? {}).some((name) => descriptor.annotations?.[name] === undefined)
  );
}

/**
 * Whether the caller wants an entry, or may want it: if a list doesn't say, that is no reason to leave out what could be
 * the wanted signature. `isWhole`: the manifest was read, so a missing field is absent.
 */
export function isWanted(
  descriptor: Descriptor,
  { artifactType, annotations }: ReferrersFilter,
  isWhole: boolean,
): boolean {
  const fits = (actual: string | undefined, wanted: string): boolean =>
    actual === undefined ? !isWhole : actual === wanted;
  const type = isWhole ? descriptor.artifactType : saidType(descriptor);
  if (artifactType !== undefined && !fits(type, artifactType)) return false;
  return Object.entries(annotations ?? {}).every(([name, wanted]) => fits(descriptor.annotations?.[name], wanted));
}

/** What a descriptor in a list of referrers must say, copied up from the manifest (distribution-spec "Listing Referrers"). */
export function hoist(descriptor: Descriptor, fetched: FetchedManifest): Descriptor {
  const { manifest } = fetched;
  const artifactType = manifest.artifactType ?? (manifest.kind === 'image' ? manifest.config.mediaType : undefined);
  const annotations = { ...manifest.annotations, ...descriptor.annotations };
  return {
    ...descriptor,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  };
}
