import { counted } from '@sigtrail/encoding';
import { isTag, OciError } from 'oci-client-lite';
import { classifyTagged } from './classify.ts';
import { failureOf } from './failure.ts';
import { fetchContents } from './fetch-contents.ts';
import { toFinds } from './find.ts';
import type { Wanted } from './options.ts';
import { type Looked, maxEntries, type Search } from './search.ts';
import { attestationTag, sbomTag, signatureTag } from './tags.ts';
import type { Location } from './triangulation.ts';

/** One of cosign's tags. */
export interface TagPlace {
  readonly kind: Extract<Location['kind'], 'signature-tag' | 'attestation-tag' | 'sbom-tag'>;
  readonly tagOf: typeof signatureTag;
  readonly want: Wanted;
}

/** cosign's tags, in the order in which their finds are listed. */
export const tagPlaces: readonly TagPlace[] = [
  { kind: 'signature-tag', tagOf: signatureTag, want: 'signatures' },
  { kind: 'attestation-tag', tagOf: attestationTag, want: 'attestations' },
  { kind: 'sbom-tag', tagOf: sbomTag, want: 'sboms' },
];

/** Looks at one of cosign's tags. */
export async function lookAtTag(search: Search, { kind, tagOf }: TagPlace): Promise<Looked> {
  const { repository, reader, digest, after, tagPrefix, sharedListings } = search;
  const tag = tagOf(digest, tagPrefix);
  const location = { kind, name: `${repository.name}:${tag}` };
  // `sha512-<128 digits>.sig` has more than the 128 characters of a tag: no registry can have it, so there is nothing to request.
  if (repository.kind === 'registry' && !isTag(tag)) {
    return {
      finds: [],
      locations: [
        { ...location, answer: 'unsupported', message: 'the name is longer than the 128 characters of a tag' },
      ],
    };
  }
  try {
    const {
      value: fetched,
      step,
      ageMs,
    } = await reader.read(repository, after, (options) =>
      repository.fetchManifest(tag, { ...options, ...(sharedListings === undefined ? {} : { sharedListings }) }),
    );
    const { manifest, mirror } = fetched;
    if (manifest.kind !== 'image')
      throw new OciError(
        'invalid-manifest',
        `the tag ${tag} names an index; expected a manifest with layers, as cosign writes it`,
      );
    const classified = classifyTagged(kind, manifest);
    const { artifactType, annotations, subject } = manifest;
    const carrier = repository.kind === 'layout' ? 'layout' : 'tag';
    const found = {
      kind: classified.kind,
      carrier,
      tag,
      manifestDigest: fetched.digest,
      subject: subject?.digest,
      artifactType,
      annotations,
    } as const;
    const finds = toFinds(search, found, classified.layers.slice(0, maxEntries)).map((find) => ({ find, step }));
    return {
      finds: await fetchContents(search, finds),
      locations: [
        {
          ...location,
          ...answerOf(classified.layers.length, manifest.layers.length),
          ...(mirror === undefined ? {} : { mirror }),
          ...(ageMs === undefined ? {} : { ageMs }),
        },
      ],
    };
  } catch (error) {
    const failure = failureOf(error);
    // Only a registry that says "not found" of a tag says that nothing is there.
    const answer =
      failure.code === 'not-found' ? ({ answer: 'absent' } as const) : ({ answer: 'unknown', ...failure } as const);
    return { finds: [], locations: [{ ...location, ...answer }] };
  }
}

function answerOf(matching: number, all: number): Pick<Location, 'answer' | 'code' | 'message'> {
  if (matching > maxEntries)
    return {
      answer: 'unknown',
      code: 'too-large',
      message: `the tag’s manifest has ${matching} layers; at most ${maxEntries} are read`,
    };
  if (matching > 0) return { answer: 'found' };
  return { answer: 'found', message: `a manifest with ${counted(all, 'layer')}, none of the type that belongs here` };
}
