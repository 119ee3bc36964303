import { parseJsonStrict } from '@sigtrail/encoding';
import {
  couldSelect,
  type Descriptor,
  type Digest,
  type FetchedManifest,
  OciError,
  type Platform,
  type PlatformName,
  type Repository,
  selectableFor,
} from 'oci-client-lite';
import * as z from 'zod';
import { aboutOf, foundOf, isAttestationManifest, lookBehind } from './attestation-manifest.ts';
import { failureOf } from './failure.ts';
import { toFind } from './find.ts';
import { lookAround } from './look-around.ts';
import type { Settings } from './options.ts';
import { readManifest } from './read-manifest.ts';
import type { AttestationLead, Looked, Run } from './search.ts';
import type { Sources } from './sources.ts';
import type { Location, ManifestNode } from './triangulation.ts';

/** Most manifests of an index that are looked at; honest ones have some twenty. */
const maxLookedAt = 200;
/** An index may list indexes. Buildx and crane write one level; no real image nests deeper. */
const maxDepth = 3;

/** What an index lists, and what is attached to those of its manifests that were asked for. */
export interface Manifests {
  readonly nodes: readonly ManifestNode[];
  readonly looked: readonly Looked[];
}

/** What a walk through the index needs, and where it got. */
interface Walk {
  readonly run: Run;
  readonly sources: Sources;
  readonly settings: Settings;
  readonly seen: Set<Digest>;
  readonly missing: Set<PlatformName>;
  lookedAt: number;
}

/**
 * Lists the manifests of an image, and looks around those that `platforms` asks for.
 *
 * @throws OciError `not-found` for a platform that isn't there
 */
export async function lookAtManifests(
  run: Run,
  sources: Sources,
  settings: Settings,
  image: FetchedManifest,
  step: number,
): Promise<Manifests> {
  const { digest, mediaType, size, manifest } = image;
  const root: ManifestNode = {
    digest,
    mediaType,
    size,
    role: manifest.kind === 'index' ? 'index' : 'image',
    looked: true,
  };
  const asked = typeof settings.platforms === 'string' ? [] : settings.platforms;
  const walk: Walk = { run, sources, settings, seen: new Set([digest]), missing: new Set(asked), lookedAt: 0 };
  if (manifest.kind === 'image' && asked.length > 0)
    claimPlatform(walk, await platformOf(run, sources.image, manifest.config, step));
  const below = manifest.kind === 'index' ? await visit(walk, digest, manifest.manifests, step, 1) : nothing;
  const unread = below.looked.some(({ locations }) =>
    locations.some(({ answer, kind }) => answer === 'unknown' && kind === 'platforms'),
  );
  if (walk.missing.size > 0 && !unread)
    throw new OciError('not-found', `${image.digest} has no manifest for ${[...walk.missing].join(', ')}`, {
      expected: [...walk.missing].join(', '),
    });
  return { nodes: [root, ...below.nodes], looked: below.looked };
}

const nothing: Manifests = { nodes: [], looked: [] };

async function visit(
  walk: Walk,
  parent: Digest,
  entries: readonly Descriptor[],
  step: number,
  depth: number,
): Promise<Manifests> {
  const fresh = entries.filter(({ digest }) => !walk.seen.has(digest) && walk.seen.add(digest));
  const parts = await Promise.all(fresh.map((entry) => visitEntry(walk, parent, entry, entries, step, depth)));
  return { nodes: parts.flatMap(({ nodes }) => nodes), looked: parts.flatMap(({ looked }) => looked) };
}

async function visitEntry(
  walk: Walk,
  parent: Digest,
  entry: Descriptor,
  siblings: readonly Descriptor[],
  step: number,
  depth: number,
): Promise<Manifests> {
  const { run, sources, settings } = walk;
  const { digest, mediaType, size, platform } = entry;
  const role = isAttestationManifest(entry) ? 'attestation-manifest' : isIndex(mediaType) ? 'index' : 'image';
  const asked = isAsked(walk, entry, siblings, role);
  const about = aboutOf(entry, siblings);
  const walks = role === 'attestation-manifest' && walksBehind(walk, about, siblings);
  const looks = asked && walk.lookedAt < maxLookedAt;
  if (looks) walk.lookedAt += 1;
  const node: ManifestNode = {
    digest,
    mediaType,
    size,
    role,
    ...(platform === undefined ? {} : { platform }),
    parent,
    ...(role !== 'attestation-manifest' || about === undefined ? {} : { about }),
    looked: looks || walks,
  };
  const around = looks ? lookAround(run, sources.attached, digest, step) : undefined;
  const lead = { entry, about: about ?? parent, kind: 'buildkit-attestation', carrier: 'index' } as const;
  const behind =
    role === 'attestation-manifest'
      ? await lookBehindEntry(walk, { ...lead, repository: sources.image }, walks, step, around)
      : around;
  const tooMany =
    asked && !looks ? [gap(sources.image, parent, 'too-large', `more than ${maxLookedAt} manifests`)] : [];
  const below =
    role === 'index' && settings.platforms !== 'as-given'
      ? await visitIndex(walk, entry, parent, step, depth)
      : nothing;
  return {
    nodes: [node, ...below.nodes],
    looked: [...((await behind) ?? []), ...tooMany, ...below.looked],
  };
}

/** An attestation manifest in the index: what signs it is looked for where the manifest that it is about is looked at, or the index alone. */
async function lookBehindEntry(
  { run }: Walk,
  lead: AttestationLead,
  walks: boolean,
  step: number,
  around: Promise<readonly Looked[]> | undefined,
): Promise<readonly Looked[]> {
  const listed: Looked = {
    finds: [toFind({ repository: lead.repository, digest: lead.about }, foundOf(lead))],
    locations: [],
  };
  if (!walks) return [listed, ...((await around) ?? [])];
  const behind = await lookBehind(run, lead, step, around);
  return behind.isRead ? [behind] : [listed, behind];
}

/** Whether the signatures of an attestation manifest in the index are looked for. */
function walksBehind({ run, settings }: Walk, about: Digest | undefined, siblings: readonly Descriptor[]): boolean {
  if (run.attestations.mode === 'none' || !settings.want.includes('attestations')) return false;
  // Given by the caller, they are those of the image, which is not this index.
  if (typeof settings.attestationManifests !== 'string') return false;
  const { platforms } = settings;
  if (typeof platforms === 'string' || about === undefined) return true;
  return platforms.some((name) => selectableFor(siblings, name).some(({ digest }) => digest === about));
}

/** An index in the index: it is read only where its manifests are asked for. */
async function visitIndex(
  walk: Walk,
  entry: Descriptor,
  parent: Digest,
  step: number,
  depth: number,
): Promise<Manifests> {
  const { run, sources } = walk;
  if (depth >= maxDepth)
    return { nodes: [], looked: [gap(sources.image, parent, 'too-large', `indexes nested deeper than ${maxDepth}`)] };
  try {
    const read = await readManifest({ ...run, repository: sources.image }, entry, step);
    const { manifest } = read.value;
    return manifest.kind === 'index'
      ? await visit(walk, entry.digest, manifest.manifests, read.step, depth + 1)
      : nothing;
  } catch (error) {
    const { code, message } = failureOf(error);
    return { nodes: [], looked: [gap(sources.image, entry.digest, code, message)] };
  }
}

function isAsked(walk: Walk, entry: Descriptor, siblings: readonly Descriptor[], role: ManifestNode['role']): boolean {
  const { platforms } = walk.settings;
  if (platforms === 'as-given') return false;
  if (platforms === 'each') return true;
  if (role === 'index' || !platforms.some((name) => selectableFor(siblings, name).includes(entry))) return false;
  claimPlatform(walk, entry.platform);
  return true;
}

/** What was asked for and is for this platform isn't missing. */
function claimPlatform({ missing }: Walk, platform: Platform | undefined): void {
  const entry = platform === undefined ? {} : { platform };
  for (const asked of missing) if (couldSelect(entry, asked)) missing.delete(asked);
}

function isIndex(mediaType: string): boolean {
  return (
    mediaType === 'application/vnd.oci.image.index.v1+json' ||
    mediaType === 'application/vnd.docker.distribution.manifest.list.v2+json'
  );
}

function gap(repository: Repository, digest: Digest, code: string, message: string): Looked {
  const location: Location = {
    kind: 'platforms',
    name: `${repository.name}@${digest}`,
    answer: 'unknown',
    code,
    message,
  };
  return { finds: [], locations: [location] };
}

const configSchema = z.object({ architecture: z.string(), os: z.string(), variant: z.string().optional() });

// Clients in Go find these members in any case.
const PLATFORM_KEYS = { names: ['architecture', 'os', 'os.version', 'os.features', 'variant'], within: [] };

/** What a single image runs on, by its configuration (image-spec config.md). */
async function platformOf(
  { reader }: Run,
  repository: Repository,
  config: Descriptor,
  step: number,
): Promise<Platform | undefined> {
  const maxBytes = Math.min(config.size, 4 * 1024 * 1024);
  const { value } = await reader.read(repository, step, (options) =>
    repository.fetchBlob(config, { ...options, maxBytes }),
  );
  try {
    const { variant, ...rest } = configSchema.parse(parseJsonStrict(value, { maxBytes, knownKeys: PLATFORM_KEYS }));
    return { ...rest, ...(variant === undefined || variant === '' ? {} : { variant }) };
  } catch {
    return undefined; // an artifact's configuration names no platform
  }
}
