import { z } from 'zod';
import type { Call } from '../registry/call.ts';
import type { Descriptor } from '../content/descriptor.ts';
import { type Digest, digestAlgorithm, digestHex } from '../reference/digest.ts';
import { isOciError, OciError } from '../error.ts';
import { parseJson } from '../content/json.ts';
import { type LayoutFiles, readLayoutFile } from './layout-files.ts';
import { parseManifest } from '../content/manifest.ts';
import { manifestKind, ociIndex } from '../content/media-types.ts';
import { isTag } from '../reference/reference.ts';

/** `index.json` of a layout, sorted by what its entries are for. */
export interface LayoutIndex {
  readonly entries: readonly Descriptor[];
  /** Tag → entries that have it: `org.opencontainers.image.ref.name`, and the tag names that cosign's `kind` annotations stand for. */
  readonly tags: ReadonlyMap<string, readonly Descriptor[]>;
  /** Entries that can be "the" image of the layout. */
  readonly roots: readonly Descriptor[];
  /** Why signatures saved by cosign can't be assigned to a tag: more than one image. */
  readonly ambiguousKinds: boolean;
}

const maxIndexBytes = 4 * 1024 * 1024;
const maxEntries = 10_000;
const markerSchema = z.object({ imageLayoutVersion: z.string() });
const refName = 'org.opencontainers.image.ref.name';
const olaregSubject = 'org.olareg.referrer.subject';
const cosignKind = 'dev.cosignproject.cosign/';
const kindSuffixes: ReadonlyMap<string, string> = new Map([
  ['sigs', 'sig'],
  ['atts', 'att'],
  ['sboms', 'sbom'],
]);
// Names that registries and cosign derive from a digest: lists of referrers and signatures, never images.
const derivedTag = /^sha(?:256|512)-[0-9a-f]{64,128}(?:\.[a-z0-9]+)?$/;

/** Reads `oci-layout` and `index.json` (image-spec image-layout.md). @throws OciError `invalid-layout`, `too-large` */
export async function readLayoutIndex(files: LayoutFiles, call: Call): Promise<LayoutIndex> {
  const marker = parseJson(
    await mustRead(files, 'oci-layout', 4096, call),
    markerSchema,
    'invalid-layout',
    'oci-layout file',
  );
  if (!/^1\.\d+\.\d+$/.test(marker.imageLayoutVersion)) {
    throw new OciError('invalid-layout', 'unknown version of the image layout', {
      expected: '1.x',
      actual: marker.imageLayoutVersion.slice(0, 40),
    });
  }
  const bytes = await mustRead(files, 'index.json', maxIndexBytes, call);
  try {
    const index = parseManifest(bytes, { declared: ociIndex, maxDescriptors: maxEntries });
    return sortEntries(index.kind === 'index' ? index.manifests : []);
  } catch (error) {
    if (!isOciError(error) || error.code === 'too-large') throw error;
    throw new OciError('invalid-layout', `index.json is malformed: ${error.message}`, { cause: error });
  }
}

/** The entries that olareg wrote as the list of referrers of `digest`. */
export function olaregLists(index: LayoutIndex, digest: Digest): readonly Descriptor[] {
  return index.entries.filter((entry) => entry.annotations?.[olaregSubject] === digest);
}

function sortEntries(entries: readonly Descriptor[]): LayoutIndex {
  const tags = new Map<string, Descriptor[]>();
  const add = (tag: string, entry: Descriptor): void => {
    const entriesSoFar = tags.get(tag) ?? [];
    if (!entriesSoFar.some((other) => other.digest === entry.digest)) tags.set(tag, [...entriesSoFar, entry]);
  };
  const manifests = entries.filter((entry) => manifestKind(entry.mediaType) !== undefined);
  const kindOf = (entry: Descriptor): string | undefined => {
    const kind = entry.annotations?.['kind'];
    return kind?.startsWith(cosignKind) === true ? kind.slice(cosignKind.length) : undefined;
  };
  for (const entry of manifests) for (const name of namesOf(entry)) add(name, entry);
  const saved = distinct(manifests.filter((entry) => ['image', 'imageIndex'].includes(kindOf(entry) ?? '')));
  const attached = manifests.filter((entry) => kindSuffixes.has(kindOf(entry) ?? ''));
  const [image] = saved;
  if (saved.length === 1 && image !== undefined) {
    const prefix = `${digestAlgorithm(image.digest)}-${digestHex(image.digest)}`;
    for (const entry of attached) add(`${prefix}.${kindSuffixes.get(kindOf(entry) ?? '') ?? ''}`, entry);
  }
  const candidates = manifests.filter(
    (entry) =>
      entry.annotations?.[olaregSubject] === undefined &&
      kindOf(entry) === undefined &&
      !namesOf(entry).some((name) => derivedTag.test(name)),
  );
  const named = candidates.filter((entry) => (entry.annotations?.[refName] ?? '') !== '');
  const roots = saved.length > 0 ? saved : distinct(named.length > 0 ? named : candidates);
  return { entries, tags, roots, ambiguousKinds: saved.length !== 1 && attached.length > 0 };
}

/** The names of an entry: its name, and if that is a whole reference (as Docker, skopeo and containerd write them), its tag too. */
function namesOf(entry: Descriptor): readonly string[] {
  const name = entry.annotations?.[refName] ?? '';
  if (name === '') return [];
  const tag = isTag(name)
    ? undefined
    : /[/@:][^@]*?:([^/:@]+)(?:@[^@]*)?$|^[^/:@]+:([^/:@]+)$/.exec(name)?.slice(1).find(Boolean);
  return tag !== undefined && isTag(tag) ? [name, tag] : [name];
}

function distinct(entries: readonly Descriptor[]): readonly Descriptor[] {
  return [...new Map(entries.map((entry) => [entry.digest, entry])).values()];
}

// Without these two files the directory is not a layout, which differs from a layout without the image.
async function mustRead(files: LayoutFiles, name: string, maxBytes: number, call: Call): Promise<Uint8Array> {
  try {
    return await readLayoutFile(files, [name], maxBytes, call);
  } catch (error) {
    if (!isOciError(error) || error.code !== 'not-found') throw error;
    throw new OciError('invalid-layout', `${files.directory} is not an OCI image layout: it has no file "${name}"`, {
      url: error.url,
      cause: error,
    });
  }
}

/** Whether a tag looks like one of cosign's for a signature, attestation or SBOM. */
export function isCosignTag(tag: string): boolean {
  return derivedTag.test(tag) && tag.includes('.');
}
