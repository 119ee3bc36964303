import { type Descriptor, type Digest, isDigest, type Repository } from 'oci-client-lite';
import { layersOf } from './classify.ts';
import { failureOf } from './failure.ts';
import { toFind, toFinds } from './find.ts';
import type { Wanted } from './options.ts';
import { readManifest } from './read-manifest.ts';
import { type Looked, maxEntries, type Run } from './search.ts';

/** Whether an entry of an index is BuildKit's attestation manifest (moby/buildkit `docs/attestations/attestation-storage.md`). */
export function isAttestationManifest({ annotations }: Descriptor): boolean {
  return annotations?.['vnd.docker.reference.type'] === 'attestation-manifest';
}

/**
 * Lists the attestations of an attestation manifest. Nobody signed them by themselves, so their bytes are not fetched, and the manifest is
 * read only by those who are after attestations.
 */
export async function lookAtAttestationManifest(
  run: Run,
  repository: Repository,
  want: readonly Wanted[],
  parent: Digest,
  entry: Descriptor,
  siblings: readonly Descriptor[],
  step: number,
): Promise<Looked> {
  const { digest: manifestDigest, annotations } = entry;
  const about = annotations?.['vnd.docker.reference.digest'];
  // What it says it is about counts where the index has it; else it belongs to the index.
  const digest = siblings.some((sibling) => sibling.digest === about) && isDigest(about) ? about : parent;
  const found = { kind: 'buildkit-attestation', carrier: 'index', manifestDigest, annotations } as const;
  const only = { finds: [toFind({ repository, digest }, found)], locations: [] };
  if (!want.includes('attestations')) return only;
  try {
    const { manifest } = (await readManifest({ ...run, repository }, entry, step)).value;
    if (manifest.kind !== 'image') return only;
    const layers = layersOf('buildkit-attestation', manifest).slice(0, maxEntries);
    return layers.length === 0 ? only : { finds: toFinds({ repository, digest }, found, layers), locations: [] };
  } catch (error) {
    const { code, message } = failureOf(error);
    return { finds: [toFind({ repository, digest }, found, { code, message })], locations: [] };
  }
}
