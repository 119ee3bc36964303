import { optionError } from '@sigtrail/encoding';
import type { Descriptor, OciClient, OciClientOptions, Repository } from 'oci-client-lite';
import { isDigest, parsePlatform, type PlatformName } from 'oci-client-lite/names';
import * as z from 'zod';
import { isTagPrefix } from './tags.ts';

/**
 * What the caller wants; only carriers that can hold it are looked at, and only its bytes are fetched. `others` are referrers of kinds that
 * are not ours: their manifests are read and their layers listed, but not fetched.
 */
export type Wanted = 'signatures' | 'attestations' | 'sboms' | 'others';

/** A repository elsewhere: `registry/repository`, `oci:DIRECTORY`, `oci-archive:FILE`, or one that is open already. */
export type RepositoryElsewhere = string | Repository;

/** A repository elsewhere for each kind; without one, the image's own. */
export type RepositoriesByKind = { readonly [Kind in Wanted]?: RepositoryElsewhere | undefined };

/** How `triangulate` looks. */
export interface TriangulateOptions {
  /** Reads the registry. One is made and closed by this call when absent; keep your own to share tokens and sockets. */
  readonly client?: OciClient | undefined;
  /** Options of the client that this call makes; not together with `client`. */
  readonly registry?: OciClientOptions | undefined;
  /** Where to look instead of where the reference points: a mirror, or a repository in memory. The reference still says which tag or digest. */
  readonly repository?: Repository | undefined;
  /**
   * Where what is attached is kept, if not beside the image: one repository for all (cosign's `COSIGN_REPOSITORY`), or by kind. It is looked
   * for there only. Default: the image's own.
   */
  readonly repositories?: RepositoryElsewhere | RepositoriesByKind | undefined;
  /** What stands before cosign's tags (`--attachment-tag-prefix`). Default: nothing. */
  readonly tagPrefix?: string | undefined;
  /**
   * Of an index: `as-given` (default) looks for what is attached to the index itself, `each` to every manifest in it as well, and a list to
   * those for these platforms (`linux/amd64`, `linux/arm64/v8`). An image that is not an index must itself be for one of the listed platforms.
   */
  readonly platforms?: 'as-given' | 'each' | readonly PlatformName[] | undefined;
  /**
   * Attestation manifests, whose signatures sign the statements that they list: BuildKit's, in an index beside the manifest that each is about or as a referrer
   * of it, and the referrers of Docker Hardened Images. `each` (default) reads every one of the manifests that are looked at, `signed` only those that somebody
   * signed, `none` looks for no signature of any. Entries of an index (`attestationManifestsOf`) are those of the image, which is then known without its index;
   * they are read as `signed` ones. Only where attestations are wanted, and no more than 100 in a call.
   */
  readonly attestationManifests?: 'each' | 'signed' | 'none' | readonly Descriptor[] | undefined;
  /**
   * With a client that shares listings between processes (`listings`): whether the tags and lists of what is attached are taken from them (`use`), or only renewed. What the
   * reference itself names is asked for in any case. Without it, nothing is shared.
   */
  readonly sharedListings?: 'use' | 'renew' | undefined;
  /** Default: signatures, attestations and SBOMs. Referrers of other kinds are listed all the same, unread. */
  readonly want?: readonly Wanted[] | undefined;
  /** Fetch the bytes of what is wanted; default true. */
  readonly fetch?: boolean | undefined;
  /** Ends the call. Before the image is resolved it rejects; after that, what was not read yet is `unknown`. */
  readonly signal?: AbortSignal | undefined;
  /** Deadline of the whole call; default 30 000 ms. */
  readonly timeoutMs?: number | undefined;
  /** Largest bundle; default 16 MiB. */
  readonly maxBundleBytes?: number | undefined;
  /** Most reads under way at the same time in one registry; default 16. */
  readonly maxParallelReads?: number | undefined;
}

/** Options with their defaults filled in. */
export interface Settings {
  readonly client: OciClient | undefined;
  readonly registry: OciClientOptions | undefined;
  readonly repository: Repository | undefined;
  readonly repositories: RepositoriesByKind;
  readonly tagPrefix: string;
  readonly platforms: 'as-given' | 'each' | readonly PlatformName[];
  readonly attestationManifests: 'each' | 'signed' | 'none' | readonly Descriptor[];
  readonly want: readonly Wanted[];
  readonly fetch: boolean;
  readonly sharedListings: 'use' | 'renew' | undefined;
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number;
  readonly maxBundleBytes: number;
  readonly maxParallelReads: number;
}

const hasFunctions = (value: unknown, names: readonly string[]): boolean =>
  typeof value === 'object' &&
  value !== null &&
  names.every((name) => typeof (value as Record<string, unknown>)[name] === 'function');
const isRepository = (value: unknown): value is Repository =>
  hasFunctions(value, ['fetchManifest', 'fetchBlob', 'listReferrers']);

const isEntry = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  'digest' in value &&
  isDigest(value.digest) &&
  'mediaType' in value &&
  typeof value.mediaType === 'string' &&
  'size' in value &&
  typeof value.size === 'number' &&
  Number.isSafeInteger(value.size) &&
  value.size >= 0;

const elsewhere = z.union([z.string().min(1), z.custom<Repository>(isRepository)]);
const allWanted = ['signatures', 'attestations', 'sboms', 'others'] as const;
const optionsSchema = z.strictObject({
  client: z.custom<OciClient>((value) => hasFunctions(value, ['repository', 'close'])).optional(),
  registry: z.custom<OciClientOptions>((value) => typeof value === 'object' && value !== null).optional(),
  repository: z.custom<Repository>(isRepository).optional(),
  repositories: z
    .union([
      elsewhere,
      z.strictObject({
        signatures: elsewhere.optional(),
        attestations: elsewhere.optional(),
        sboms: elsewhere.optional(),
        others: elsewhere.optional(),
      }),
    ])
    .optional(),
  tagPrefix: z.string().refine(isTagPrefix).optional(),
  // An empty list would look at no platform, and "nothing found" must never come from looking nowhere.
  platforms: z.union([z.enum(['as-given', 'each']), z.array(z.string()).min(1)]).optional(),
  attestationManifests: z
    .union([z.enum(['each', 'signed', 'none']), z.array(z.custom<Descriptor>(isEntry))])
    .optional(),
  want: z.array(z.enum(allWanted)).min(1).optional(),
  fetch: z.boolean().optional(),
  sharedListings: z.enum(['use', 'renew']).optional(),
  signal: z.instanceof(AbortSignal).optional(),
  timeoutMs: z.number().positive().optional(),
  maxBundleBytes: z.int().positive().optional(),
  maxParallelReads: z.int().positive().optional(),
});

/** Options that say where things are, as `attachmentName` takes them. @throws TypeError `unknown-option`, `invalid-option` */
export function parseAttachmentOptions(options: Partial<TriangulateOptions>, want: Wanted): Settings {
  const given: object = typeof options === 'object' && options !== null ? options : {};
  const [foreign] = [
    'want',
    'fetch',
    'platforms',
    'attestationManifests',
    'maxBundleBytes',
    'maxParallelReads',
    'sharedListings',
  ].filter((name) => name in given);
  if (foreign !== undefined) throw optionError('unknown-option', `attachmentName: unknown option "${foreign}"`);
  const settings = parseOptions(options);
  return { ...settings, want: [want] };
}

/** Checks options and fills in the defaults. @throws TypeError `unknown-option`, `invalid-option`, naming the option */
export function parseOptions(options: TriangulateOptions): Settings {
  const result = optionsSchema.safeParse(options);
  if (!result.success) {
    const issue = result.error.issues[0];
    const unknown = issue?.code === 'unrecognized_keys';
    const name = [...(issue?.path.slice(0, 1) ?? []), ...(unknown ? issue.keys.slice(0, 1) : [])].join('.');
    throw optionError(
      unknown ? 'unknown-option' : 'invalid-option',
      `triangulate: ${unknown ? 'unknown' : 'malformed'} option "${name}"`,
    );
  }
  const { client, registry, repository, repositories, signal, platforms, ...rest } = result.data;
  if (client !== undefined && registry !== undefined)
    throw optionError(
      'invalid-option',
      'triangulate: "registry" has no effect on a "client" that is made already; give one of them',
    );
  return {
    client,
    registry,
    repository,
    repositories: byKind(repositories),
    tagPrefix: rest.tagPrefix ?? '',
    platforms:
      platforms === undefined || typeof platforms === 'string'
        ? (platforms ?? 'as-given')
        : platforms.map(checkPlatform),
    attestationManifests: rest.attestationManifests ?? 'each',
    want: allWanted.filter((one) => rest.want?.includes(one) ?? one !== 'others'),
    fetch: rest.fetch ?? true,
    sharedListings: rest.sharedListings,
    signal,
    timeoutMs: rest.timeoutMs ?? 30_000,
    maxBundleBytes: rest.maxBundleBytes ?? 16 * 1024 * 1024,
    maxParallelReads: rest.maxParallelReads ?? 16,
  };
}

/** @throws TypeError for text that is not the name of a platform */
function checkPlatform(name: string): PlatformName {
  try {
    parsePlatform(name);
  } catch (cause) {
    throw optionError(
      'invalid-option',
      `"platforms" must be like linux/amd64 or linux/arm64/v8, got ${JSON.stringify(name)}`,
      cause,
    );
  }
  return name as PlatformName; // it has a slash, or it would have been refused
}

function byKind(repositories: TriangulateOptions['repositories']): Settings['repositories'] {
  if (repositories === undefined) return {};
  if (typeof repositories === 'string' || isRepository(repositories))
    return { signatures: repositories, attestations: repositories, sboms: repositories, others: repositories };
  return repositories;
}
