import type { Digest } from 'oci-client-lite';
import { lookBehind, maxStatementBytes } from './attestation-manifest.ts';
import { distinct } from './distinct.ts';
import { checkImageLocator, type ImageLocator, parseImageLocator } from './locator.ts';
import { lookAround } from './look-around.ts';
import { nodeOf } from './look-at-referrers.ts';
import { lookAtManifests, type Manifests } from './manifests.ts';
import { parseOptions, type Settings, type TriangulateOptions } from './options.ts';
import { createReadFind } from './read-find.ts';
import { createReader } from './reader.ts';
import { digestIn, resolveImage } from './resolve-image.ts';
import type { AttestationLead, Looked, Run } from './search.ts';
import { openSources, type Sources } from './sources.ts';
import type { Triangulated, Triangulation } from './triangulation.ts';

/**
 * Finds everything that is attached to an image, in every known layout, and says where and how it looked.
 *
 * The reference is resolved once; then all places are asked at the same time (and at the same time as the image, if the reference has a
 * digest). An unreadable place is `unknown` and doesn't affect the others; only the image itself must be readable. Every
 * find is a lead: its bytes have the listed digests, but nothing else about them is verified.
 *
 * @param reference - `registry/repository[:tag][@digest]`, or `oci:DIRECTORY[:tag][@digest]` for an OCI layout
 * (`oci-archive:FILE…` in a tar file); or what `parseImageLocator` read from one
 * @throws OciError `not-found` for an image (or a platform of it) that isn't there, `invalid-reference`, `invalid-digest`, and whatever
 * resolving it can throw; TypeError for options that are unknown or malformed
 * @example
 * ```ts
 * const { graph } = await triangulate('ghcr.io/acme/app:1.4');
 * graph.finds.map(({ kind, carrier }) => `${kind} by ${carrier}`);
 * graph.locations.filter(({ answer }) => answer === 'unknown'); // empty: nothing was overlooked
 * ```
 */
export async function triangulate(
  reference: string | ImageLocator,
  options: TriangulateOptions = {},
): Promise<Triangulated> {
  const settings = parseOptions(options);
  const locator = typeof reference === 'string' ? parseImageLocator(reference) : checkImageLocator(reference);
  const sources = openSources(locator, settings);
  try {
    return await triangulateIn(sources, locator, settings);
  } finally {
    await sources.close();
  }
}

async function triangulateIn(sources: Sources, locator: ImageLocator, settings: Settings): Promise<Triangulated> {
  const run: Run = {
    reader: createReader(settings),
    tagPrefix: settings.tagPrefix,
    fetch: settings.fetch,
    sharedListings: settings.sharedListings,
    maxBundleBytes: settings.maxBundleBytes,
    contents: new Map(),
    fetching: new Map(),
    manifests: new Map(),
    attestations: {
      mode: typeof settings.attestationManifests === 'string' ? settings.attestationManifests : 'signed',
      sources: sources.attached,
      seen: new Set(),
      bytesLeft: maxStatementBytes,
    },
  };
  const { image, looked, manifests } = await resolveAndLook(run, sources, locator, settings);
  const { digest, mediaType, size } = image;
  const all = [...looked, ...manifests.looked];
  return {
    graph: {
      reference: locator.text,
      want: settings.want,
      repository: sources.image.name,
      pinned: `${sources.image.name}@${digest}`,
      digest,
      mediaType,
      size,
      manifests: [...manifests.nodes, ...all.flatMap(({ nodes = [] }) => nodes)],
      ...(settings.attestationManifests === 'each' ? {} : { attestationManifests: namesOf(settings) }),
      finds: distinct(all.flatMap(({ finds }) => finds)),
      locations: all.flatMap(({ locations }) => locations),
      transcript: run.reader.transcript,
    },
    image,
    contents: run.contents,
    read: createReadFind(sources, settings, run.contents),
  };
}

/** Looks for what is attached to the image, and to the attestation manifests that the caller knows. */
async function lookAtImage(
  run: Run,
  sources: Sources,
  { attestationManifests, want }: Settings,
  digest: Digest,
  step: number,
): Promise<readonly Looked[]> {
  const given = typeof attestationManifests === 'string' || !want.includes('attestations') ? [] : attestationManifests;
  const leads = given.map(
    (entry): AttestationLead => ({
      entry,
      about: digest,
      kind: 'buildkit-attestation',
      carrier: 'index',
      repository: sources.image,
    }),
  );
  // The given ones first, so that a list of referrers with one of them doesn't ask about it again.
  const behind = Promise.all(
    leads.map(async (lead) => ({ ...(await lookBehind(run, lead, step)), nodes: [nodeOf(lead)] })),
  );
  const around = await lookAround(run, sources.attached, digest, step);
  return [...around, ...(await behind)];
}

/** Names the attestation manifests that were walked, since the answer depends on them. */
function namesOf({ attestationManifests }: Settings): NonNullable<Triangulation['attestationManifests']> {
  if (attestationManifests === 'each' || attestationManifests === 'signed' || attestationManifests === 'none')
    return attestationManifests;
  return attestationManifests.map(({ digest }) => digest);
}

interface Resolved {
  readonly image: Triangulated['image'];
  readonly looked: readonly Looked[];
  readonly manifests: Manifests;
}

async function resolveAndLook(
  run: Run,
  sources: Sources,
  locator: ImageLocator,
  settings: Settings,
): Promise<Resolved> {
  const digest = digestIn(locator);
  const resolving = resolveImage(run.reader, sources.image, locator);
  const [resolved, looked, manifests] = await Promise.allSettled([
    resolving,
    // The places follow from the digest alone, so if it is known nothing has to wait for the image.
    digest === undefined
      ? resolving.then(({ value, step }) => lookAtImage(run, sources, settings, value.digest, step))
      : lookAtImage(run, sources, settings, digest, 0),
    resolving.then(({ value, step }) => lookAtManifests(run, sources, settings, value, step)),
    // If the image isn't there, reads still in flight are useless.
    resolving.catch(() => run.reader.stop()),
  ]);
  if (resolved.status === 'rejected') throw resolved.reason as Error;
  if (looked.status === 'rejected') throw looked.reason as Error;
  if (manifests.status === 'rejected') throw manifests.reason as Error;
  return { image: resolved.value.value, looked: looked.value, manifests: manifests.value };
}
