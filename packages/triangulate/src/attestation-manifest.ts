import { requireObject, requireText } from '@sigtrail/encoding';
import { type Descriptor, type Digest, type ImageManifest, isDigest } from 'oci-client-lite';
import { layersOf } from './classify.ts';
import { failureOf } from './failure.ts';
import { fetchContents } from './fetch-contents.ts';
import { type FoundManifest, toFind, toFinds } from './find.ts';
import { lookAtSignatures } from './look-at-referrers.ts';
import { readManifest } from './read-manifest.ts';
import {
  type AttestationLead,
  type Looked,
  type LookedBehind,
  maxEntries,
  type Run,
  signatureKinds,
} from './search.ts';
import type { Find, Location } from './triangulation.ts';

/** Most attestation manifests of one call whose signatures are looked for. BuildKit writes one for each platform; honest indexes have about twenty. */
export const maxAttestationManifests = 100;

/** Bytes of statements held in one call. An honest image has a few megabytes for each platform. */
export const maxStatementBytes: number = 512 * 1024 * 1024;

/** Whether an entry of an index is BuildKit's attestation manifest (moby/buildkit `docs/attestations/attestation-storage.md`). */
export function isAttestationManifest({ annotations }: Pick<Descriptor, 'annotations'>): boolean {
  return annotations?.['vnd.docker.reference.type'] === 'attestation-manifest';
}

/** The entry that an entry of an index claims to be about, if the index lists it. A lead: anyone can write an annotation. */
export function aboutOf({ annotations }: Descriptor, siblings: readonly Descriptor[]): Digest | undefined {
  const about = annotations?.['vnd.docker.reference.digest'];
  return isDigest(about) && siblings.some(({ digest }) => digest === about) ? about : undefined;
}

/**
 * The entries of an index that it calls attestation manifests of this manifest, in the form that `attestationManifests` of `triangulate` takes. Leads, not proof: the
 * statements that an attestation manifest lists say what it is about.
 */
export function attestationManifestsOf(
  index: { readonly manifests: readonly Descriptor[] },
  digest: string,
): readonly Descriptor[] {
  requireObject(index, 'attestationManifestsOf', 'index', ['manifests']);
  requireText(digest, 'attestationManifestsOf', 'digest');
  const { manifests } = index;
  return manifests.filter((entry) => isAttestationManifest(entry) && aboutOf(entry, manifests) === digest);
}

/** The in-toto statements that an attestation manifest lists. */
export function statementsOf(manifest: Pick<ImageManifest, 'layers'>): readonly Descriptor[] {
  requireObject(manifest, 'statementsOf', 'manifest', ['layers']);
  return layersOf('attestation-statement', manifest).map(({ layer }) => layer);
}

/**
 * Looks for the signatures of an attestation manifest. If it has any, its bytes and those of its statements are read as well: signing it signs the digests
 * of its layers. An attestation manifest without a signature is only read if all are wanted.
 *
 * @param looked - what is known to be attached to it, if another search found that
 */
export async function lookBehind(
  run: Run,
  lead: AttestationLead,
  after: number,
  looked?: Promise<readonly Looked[]>,
): Promise<LookedBehind> {
  const { seen, sources, mode } = run.attestations;
  const { digest } = lead.entry;
  if (seen.has(digest)) return { finds: [], locations: [], isRead: false };
  seen.add(digest);
  if (seen.size > maxAttestationManifests) return { finds: [], locations: tooMany(seen.size, lead), isRead: false };
  const around =
    (await looked) ??
    (await Promise.all(
      sources
        .filter(({ want }) => want.includes('signatures') || want.includes('attestations'))
        .map(({ repository }) => lookAtSignatures({ ...run, repository, digest, after, wanted: signatureKinds })),
    ));
  const finds = around.flatMap((one) => one.finds);
  const isSigned = finds.some(({ kind }) => signatureKinds.has(kind));
  const isRead = isSigned || mode === 'each';
  const statements = isRead ? await readStatements(run, lead, after, isSigned) : [];
  return { finds: [...statements, ...finds], locations: around.flatMap(({ locations }) => locations), isRead };
}

/** The statements that an attestation manifest lists. If it is signed, they are fetched, and its own bytes are kept with them. */
async function readStatements(
  run: Run,
  lead: AttestationLead,
  after: number,
  isSigned: boolean,
): Promise<readonly Find[]> {
  const { entry, about, repository, kind } = lead;
  const search = { ...run, repository, digest: about, after, wanted: new Set([kind]), fetchesStatements: isSigned };
  try {
    const { value: fetched, step } = await readManifest(search, entry, after);
    const { manifest } = fetched;
    const layers = manifest.kind === 'image' ? layersOf(kind, manifest).slice(0, maxEntries) : [];
    const found = {
      ...foundOf(lead),
      ...(manifest.annotations === undefined ? {} : { annotations: manifest.annotations }),
    };
    if (isSigned && run.fetch) run.contents.set(fetched.digest, fetched.bytes);
    if (layers.length === 0) return [toFind(search, found)];
    const finds = toFinds(search, found, layers);
    if (!isSigned) return finds;
    const bytes = layers.reduce((sum, { layer }) => sum + layer.size, 0);
    // Sizes that a stranger only declares must not use up what is left for honest statements.
    if (bytes <= run.attestations.bytesLeft) {
      run.attestations.bytesLeft -= bytes;
      return await fetchContents(
        search,
        finds.map((find) => ({ find, step })),
      );
    }
    const message = `more than ${maxStatementBytes} bytes of statements`;
    return finds.map((find) => ({ ...find, unread: { code: 'too-large', message } }));
  } catch (error) {
    const { code, message } = failureOf(error);
    return [toFind(search, foundOf(lead), { code, message })];
  }
}

/** How an attestation manifest is known before it is read. */
export function foundOf({ entry, kind, carrier, artifactType }: AttestationLead): FoundManifest {
  const { digest: manifestDigest, annotations } = entry;
  return { kind, carrier, manifestDigest, annotations, artifactType };
}

/** Reported once, for the first that exceeds the limit. */
function tooMany(count: number, { repository, about }: AttestationLead): readonly Location[] {
  if (count > maxAttestationManifests + 1) return [];
  return [
    {
      kind: 'attestation-manifests',
      name: `${repository.name}@${about}`,
      answer: 'unknown',
      code: 'too-large',
      message: `the index lists more than ${maxAttestationManifests} attestation manifests; name the platforms to verify`,
    },
  ];
}
