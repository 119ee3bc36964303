import type { FetchedManifest } from 'oci-client-lite';
import type { Find, Triangulated } from '@sigtrail/triangulate';
import { digestOnce } from '../crypto/digest-once.ts';
import { type Deadline, DeadlineOver } from '../deadline.ts';
import type { CandidateFormat } from '../report/report.ts';
import { type BundleCandidate, parseBundle } from './bundle.ts';
import {
  type Candidate,
  type CandidateOrigin,
  type Found,
  pathOf,
  unreadCandidate,
  type UnreadableCandidate,
} from './candidate.ts';
import { type LayerCandidate, parseCosignLayer } from './cosign-layer.ts';
import { parseDsseLayer } from './dsse-layer.ts';
import { createListedReader } from './read-listed.ts';
import { FormatError } from './format-error.ts';
import type { CheckCode, FaultCode } from '../report/codes.ts';

/** The result of discovery: the image and its candidates, including those that could not be read. */
export interface Evidence {
  readonly image: FetchedManifest;
  readonly candidates: readonly (Candidate | UnreadableCandidate)[];
}

const FORMATS: Partial<Record<Find['kind'], CandidateFormat>> = {
  'cosign-signature': 'cosign-signature',
  'oci11-signature': 'cosign-signature',
  'cosign-attestation': 'cosign-attestation',
  'sigstore-bundle': 'sigstore-bundle',
  'dsse-attestation': 'dsse-attestation',
  'attestation-statement': 'dsse-attestation',
};

// Twice what triangulation holds of one location: a thousand finds can name the same blob, and each of them is read.
const MAX_BYTES = 512 * 1024 * 1024;

/**
 * Reads triangulation's finds into candidates. An unreadable find is kept as such, and never affects the others. The smallest come
 * first, so that a stranger's attachments don't use up the time or the byte limit before the honest signature is read.
 */
export async function readEvidence(
  found: Triangulated,
  { deadline, maxBytes = MAX_BYTES }: { readonly deadline: Deadline; readonly maxBytes?: number },
): Promise<Evidence> {
  const { graph, image, contents } = found;
  const read = new Map<Find, readonly Found[]>();
  const behind = createListedReader(found);
  let left = maxBytes;
  for (const { find, size } of graph.finds.map((find) => ({ find, size: sizeOf(find, contents) })).toSorted(bySize)) {
    const named = behind.isBehind(find) ? undefined : nameUnasked(find, graph.want);
    if (named !== undefined) {
      read.set(find, named);
      continue;
    }
    left -= size;
    left -= behind.sizeOf(find);
    read.set(find, (await whyNot(left, deadline, maxBytes, find)) ?? behind.read(find, readFind(find, contents)));
  }
  return { image, candidates: graph.finds.flatMap((find) => read.get(find) ?? []) };
}

function bySize(a: { readonly size: number }, b: { readonly size: number }): number {
  return a.size - b.size;
}

function sizeOf({ layer }: Find, contents: Triangulated['contents']): number {
  return layer === undefined ? 0 : (contents.get(layer.digest)?.length ?? 0);
}

/**
 * Finds in a list of referrers that were not asked for, so that their bytes were not fetched. When signatures are
 * asked for, an attestation is recognised by its type, just as the same envelope under `.att` is by its tag. When attestations are asked for, a signature says nothing about them.
 */
function nameUnasked(find: Find, want: Triangulated['graph']['want']): readonly UnreadableCandidate[] | undefined {
  const format = FORMATS[find.kind];
  switch (find.kind) {
    case 'dsse-attestation':
    case 'attestation-statement':
    case 'cosign-attestation':
      if (want.includes('attestations') || format === undefined) return undefined;
      return [nameAttestation({ ...originOf(find, format), isAttestation: true })];
    case 'oci11-signature':
    case 'cosign-signature':
      return want.includes('signatures') ? undefined : [];
    default:
      return undefined; // only the signed bytes of a bundle say what it is about
  }
}

/** The find as an unread candidate, if there is no time or no budget for it. */
async function whyNot(
  left: number,
  deadline: Deadline,
  maxBytes: number,
  find: Find,
): Promise<readonly UnreadableCandidate[] | undefined> {
  const format = FORMATS[find.kind];
  if (format === undefined) return undefined;
  const open = (code: FaultCode, message: string): readonly UnreadableCandidate[] => [
    unreadable(find, format, code, message, 'indeterminate'),
  ];
  if (left < 0) return open('budget', `the attachments of this image add up to more than ${maxBytes} bytes`);
  try {
    await deadline.turn();
    return undefined;
  } catch (error) {
    if (!(error instanceof DeadlineOver)) throw error;
    return open('deadline', 'the deadline passed before this was read');
  }
}

function unreadable(
  find: Find,
  format: CandidateFormat,
  code: CheckCode,
  message: string,
  status: 'failed' | 'indeterminate',
): UnreadableCandidate {
  return { ...originOf(find, format), isAttestation: isAttestation(find), unreadable: { code, message, status } };
}

function originOf(
  { id, carrier, manifestDigest, layer }: Find,
  format: CandidateFormat,
): Pick<Candidate, 'id' | 'format' | 'carrier' | 'manifestDigest' | 'layerDigest'> {
  return { id, format, carrier, manifestDigest, ...(layer === undefined ? {} : { layerDigest: layer.digest }) };
}

function isAttestation({ kind }: Find): boolean {
  return kind === 'cosign-attestation' || kind === 'dsse-attestation' || kind === 'attestation-statement';
}

function readFind(find: Find, contents: Triangulated['contents']): readonly Found[] {
  const format = FORMATS[find.kind];
  if (format === undefined) return [];
  const refuse = (code: FaultCode, message: string, status: 'failed' | 'indeterminate'): readonly Found[] => [
    unreadable(find, format, code, message, status),
  ];
  if (find.unread !== undefined) {
    // If the bytes don't have the listed digest, the find counts as unread: a registry, or something in between, could hide a good signature this way.
    const tampered = find.unread.code === 'digest-mismatch' || find.unread.code === 'size-mismatch';
    return tampered
      ? refuse('payload-digest-mismatch', find.unread.message, 'indeterminate')
      : [unreadable(find, format, find.unread.code, find.unread.message, 'indeterminate')];
  }
  const bytes = find.layer === undefined ? undefined : contents.get(find.layer.digest);
  if (find.layer === undefined || bytes === undefined)
    return refuse('not-fetched', 'its bytes were not fetched', 'indeterminate');
  const algorithm = find.layer.digest.startsWith('sha512:') ? 'sha512' : 'sha256';
  if (find.layer.digest !== `${algorithm}:${digestOnce(algorithm, bytes).toString('hex')}`)
    return refuse('payload-digest-mismatch', 'the bytes don’t have the digest that the manifest names', 'failed');
  try {
    return parse(format, bytes, find.unsignedAnnotations).map((parsed, index) => ({
      ...originOf(find, format),
      // The signatures of an envelope differ by their position in it.
      id: index === 0 ? find.id : `${find.id}.${index}`,
      ...parsed,
    }));
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return refuse(error.code, error.message, 'failed');
  }
}

function parse(
  format: CandidateFormat,
  bytes: Uint8Array,
  annotations: Readonly<Record<string, string>>,
): readonly (BundleCandidate | LayerCandidate)[] {
  switch (format) {
    case 'sigstore-bundle':
      return [parseBundle(bytes)];
    case 'cosign-signature':
      return [parseCosignLayer(bytes, annotations)];
    case 'cosign-attestation':
    case 'dsse-attestation':
      return parseDsseLayer(bytes, annotations);
  }
}

/** Names an attestation when only signatures were asked for. Nothing about it is checked. */
export function nameAttestation(candidate: CandidateOrigin | UnreadableCandidate): UnreadableCandidate {
  // If it could not be read behind an attestation manifest, that stays the reason: being an attestation changes nothing.
  if ('unreadable' in candidate && candidate.through !== undefined) return candidate;
  const through = pathOf(candidate);
  return unreadCandidate(candidate, {
    code: 'attestation-not-signature',
    message:
      through === undefined
        ? 'an attestation about the image, not a signature of it'
        : `an attestation about ${through.platform ?? 'the image'}, by a signature of its attestation manifest, not a signature of the image`,
    status: 'failed',
  });
}
