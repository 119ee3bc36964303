import { type FetchedManifest, digestOf, isDigest } from 'oci-client-lite';
import type { Find, Triangulated } from '@sigtrail/triangulate';
import type { CandidateFormat } from '../report/report.ts';
import { type BundleCandidate, parseBundle } from './bundle.ts';
import type { Candidate, UnreadableCandidate } from './candidate.ts';
import { type LayerCandidate, parseCosignLayer } from './cosign-layer.ts';
import { parseDsseLayer } from './dsse-layer.ts';
import { FormatError } from './format-error.ts';

/** All that discovery brought: the image, its candidates, and whether everything could be read. */
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
};

/** Reads what triangulation found into candidates. One that can't be read is kept as such, and never disturbs another. */
export function readEvidence({ graph, image, contents }: Triangulated): Evidence {
  return { image, candidates: graph.finds.flatMap((find) => readFind(find, contents)) };
}

function readFind(find: Find, contents: Triangulated['contents']): readonly (Candidate | UnreadableCandidate)[] {
  const format = FORMATS[find.kind];
  if (format === undefined) return [];
  const isAttestation = find.kind === 'cosign-attestation' || find.kind === 'dsse-attestation';
  const origin = {
    id: find.id,
    format,
    carrier: find.carrier,
    manifestDigest: find.manifestDigest,
    ...(find.layer === undefined ? {} : { layerDigest: find.layer.digest }),
  };
  const unreadable = (code: string, message: string, status: 'failed' | 'indeterminate'): UnreadableCandidate => ({
    ...origin,
    isAttestation,
    unreadable: { code, message, status },
  });
  if (find.unread !== undefined) {
    const tampered = find.unread.code === 'digest-mismatch' || find.unread.code === 'size-mismatch';
    // Other bytes than those that are listed were not read either: a registry, or somebody in between, may hide a good signature so.
    return [unreadable(tampered ? 'payload-digest-mismatch' : find.unread.code, find.unread.message, 'indeterminate')];
  }
  const bytes = find.layer === undefined ? undefined : contents.get(find.layer.digest);
  if (find.layer === undefined || bytes === undefined)
    return [unreadable('not-fetched', 'its bytes were not fetched', 'indeterminate')];
  const algorithm = find.layer.digest.startsWith('sha512:') ? 'sha512' : 'sha256';
  if (!isDigest(find.layer.digest) || digestOf(bytes, algorithm) !== find.layer.digest)
    return [unreadable('payload-digest-mismatch', 'the bytes don’t have the digest that the manifest names', 'failed')];
  try {
    return parse(format, bytes, find.unsignedAnnotations).map((parsed, index) => ({
      ...origin,
      // Signatures of one envelope are told apart by their place in it.
      id: index === 0 ? origin.id : `${origin.id}.${index}`,
      ...parsed,
    }));
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return [unreadable(error.code, error.message, 'failed')];
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

/** An attestation where only signatures were asked for: it is named, and nothing about it is judged. */
export function nameAttestation(candidate: Candidate | UnreadableCandidate): UnreadableCandidate {
  const { id, format, carrier, isAttestation, manifestDigest, layerDigest } = candidate;
  return {
    id,
    format,
    carrier,
    isAttestation,
    ...(manifestDigest === undefined ? {} : { manifestDigest }),
    ...(layerDigest === undefined ? {} : { layerDigest }),
    unreadable: {
      code: 'attestation-not-signature',
      message: 'an attestation about the image, not a signature of it',
      status: 'failed',
    },
  };
}
