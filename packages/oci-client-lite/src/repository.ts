import type { FetchedArtifact } from './artifact/artifact.ts';
import type { Descriptor } from './content/descriptor.ts';
import type { Digest } from './reference/digest.ts';
import type { OciError } from './error.ts';
import type { FetchedConfig } from './content/image-config.ts';
import type { FetchedManifest } from './content/manifest.ts';
import type { PlatformChoice } from './reference/platform.ts';
import type { Patience } from '@sigtrail/http';

/** A request (or file read), as a transcript shows it. Holds no secret. */
export interface TranscriptEntry {
  /** `READ` is a file of an OCI layout. */
  readonly method: 'GET' | 'HEAD' | 'POST' | 'READ';
  /** Address without user information; unknown query values are blanked. */
  readonly url: string;
  readonly status?: number;
  /** Size of the body that was read. */
  readonly bytes?: number;
  /** Digest computed from the body, for manifests and blobs. */
  readonly digest?: string;
  readonly durationMs: number;
  /** `OciErrorCode` of this request, if it failed. */
  readonly error?: string;
  /** What the request was for, if the address doesn't show it. */
  readonly note?: string;
  /** How old the answer is, if another process got it (`listings`): with the note `shared listing`. */
  readonly ageMs?: number;
  /** `FILE:LINE:COLUMN` of the entry that sent the request there, if a file of containerd or Podman did (`readRegistryFiles`). */
  readonly routedBy?: string;
}

/** Limits of one call. */
export interface ReadOptions {
  readonly signal?: AbortSignal | undefined;
  /** Deadline of the whole call, all its requests together. */
  readonly timeoutMs?: number | undefined;
  /** A lower size cap than the client's; for blobs, it may also be higher. */
  readonly maxBytes?: number | undefined;
  /**
   * Counts the retries after 429 and 503; all requests of a call together make at most the client's `retries`. Calls that share an object
   * (`{ throttled: 0 }` at first) also share that number, so that they don't each wait for the same throttling.
   */
  readonly patience?: Patience | undefined;
  /**
   * For tags and lists of referrers, with the option `listings` of the client: `use` the answer that another process got, if it is new enough, or only `renew` it. Without it
   * nothing is shared. Only what exists is shared. Something that a shared answer lacks may have been pushed since, so ask anew before you say that it is missing.
   */
  readonly sharedListings?: 'use' | 'renew' | undefined;
  /** Called for every request, including token requests. */
  readonly onRequest?: ((look: TranscriptEntry) => void) | undefined;
}

/** Where a referrer was listed. */
export type ReferrerCarrier = 'referrers-api' | 'fallback-tag' | 'layout';

/** A manifest whose `subject` should be the requested digest: a lead, not proof. */
export interface Referrer {
  readonly descriptor: Descriptor;
  readonly carrier: ReferrerCarrier;
}

/** A list of referrers, and what it answered. `unknown`, only with `partial`: it was not read, or not to its end; `error` says why. */
export interface ReferrersListing {
  readonly carrier: ReferrerCarrier;
  readonly answer: 'found' | 'absent' | 'unsupported' | 'unknown';
  readonly error?: OciError;
  /**
   * Why the host that answered `absent` or `unsupported` may be a pull-through cache of another registry: then the list is only the cache's.
   * A hint for people; it changes no answer.
   */
  readonly maybeCache?: string;
  /** The mirror whose list this is. The list may be older than the registry's, or leave something out: it shows what exists, never that nothing else does. */
  readonly mirror?: string;
  /** How old the answer is, if another process got it (`sharedListings`). */
  readonly ageMs?: number;
}

/** All referrers found, and where they were looked for. An unreadable place is an error (or `unknown`), never an empty list. */
export interface Referrers {
  readonly referrers: readonly Referrer[];
  readonly looked: readonly ReferrersListing[];
}

/** How to list referrers. */
export interface ReferrersOptions extends ReadOptions {
  /**
   * Which lists to read: `auto` (default) is the API, and the fallback tag if the API is missing or lists nothing; `both` is both, whatever the API
   * says. A layout has only one list.
   */
  readonly lists?: 'auto' | 'referrers-api' | 'fallback-tag' | 'both' | undefined;
  /** Only referrers of this artifact type. The registry gets the filter, but need not apply it, so its answer is filtered again. */
  readonly artifactType?: string | undefined;
  /** Only referrers that have all of these annotations. */
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  /**
   * `true`: a list that fails, or exceeds the limits, is `unknown` and keeps what could be read of it, and entries are returned as
   * listed, not completed from their manifests. Default: any failure is thrown.
   */
  readonly partial?: boolean | undefined;
}

/** How to list tags. The limits on pages are for registries; a layout has none. */
export interface TagsOptions extends ReadOptions {
  /** Tags to ask for in a page. A registry may answer with fewer; if it refuses the number, it is asked for 100, then without a number. 1 000. */
  readonly pageSize?: number | undefined;
  /** Most pages to read; a longer list is `too-large`, never cut. 1 000. */
  readonly maxPages?: number | undefined;
}

/** A repository, in a registry or in a directory. All bytes that it returns were hashed. */
export interface Repository {
  readonly kind: 'registry' | 'layout';
  /** `ghcr.io/acme/app`, or `oci:DIRECTORY` (a tar file, too). */
  readonly name: string;
  /**
   * Fetches a manifest and computes its digest from the bytes.
   *
   * @throws OciError `not-found` if it is positively absent; `digest-mismatch` if the bytes do not have the requested digest;
   * `invalid-manifest`, `unsupported-media-type`, `too-large`; and the codes of every request.
   */
  fetchManifest(tagOrDigest: string, options?: ReadOptions): Promise<FetchedManifest>;
  /**
   * Fetches a blob; size and digest are checked, nothing is decompressed.
   *
   * @throws OciError `not-found`, `too-large`, `size-mismatch`, `digest-mismatch`
   */
  fetchBlob(descriptor: Descriptor, options?: ReadOptions): Promise<Uint8Array>;
  /**
   * Lists what refers to a digest: the referrers API, and the fallback tag if the API is missing or empty
   * (distribution-spec "Listing Referrers").
   *
   * @throws OciError whenever any place could not be read, unless `partial`
   */
  listReferrers(digest: Digest, options?: ReferrersOptions): Promise<Referrers>;
  /** Lists the tags of the repository. @throws OciError `too-large` past `maxPages` or 250 000 tags */
  listTags(options?: TagsOptions): Promise<readonly string[]>;
}

/** What a tag or digest stands for. */
export interface ResolvedManifest {
  /**
   * If `bytes` are absent, this is a header's claim that is not checked yet. Work by this digest from here on: the first read of it fails
   * if the header lied, and a moving tag changes nothing.
   */
  readonly digest: Digest;
  readonly mediaType: string;
  readonly size: number;
  /** The bytes, if they had to be read; then the digest was computed from them. */
  readonly bytes?: Uint8Array;
}

/** How to fetch a manifest. */
export interface ManifestOptions extends ReadOptions {
  /** Go from an index to the image for this platform. Off by default: signatures cover the index. */
  readonly platform?: PlatformChoice | undefined;
}

/** An open blob. Read it to its end, leave the loop early, or `cancel`. */
export interface OpenBlob extends AsyncIterable<Uint8Array>, AsyncDisposable {
  readonly digest: Digest;
  /** Absent if the blob was named by its digest. */
  readonly descriptor?: Descriptor;
  /** Closes the connection. Does nothing after the end of the blob. */
  cancel(): Promise<void>;
}

/** All reads of a repository, in a registry or in a directory. */
export interface OciRepository extends Repository {
  /**
   * Like {@link Repository.fetchManifest}, and goes on to the image for a platform.
   *
   * @throws OciError also `no-matching-platform`
   */
  fetchManifest(tagOrDigest: string, options?: ManifestOptions): Promise<FetchedManifest>;
  /**
   * Says what a tag or digest stands for, by HEAD if that is enough (which does not count as a pull).
   *
   * @throws OciError `not-found` if it is positively absent
   */
  resolve(tagOrDigest: string, options?: ReadOptions): Promise<ResolvedManifest>;
  /**
   * Fetches the configuration of an image: platform, creation time, labels.
   *
   * @throws OciError `unsupported-media-type` for an index or an artifact; `invalid-manifest`; whatever fetching its blob can throw
   */
  fetchConfig(image: FetchedManifest, options?: ReadOptions): Promise<FetchedConfig>;
  /**
   * Opens a blob of any size (or at most `maxBytes`), by its descriptor or by its digest alone. A digest states no size, so at most `maxBytes` or 1 GiB are read. Iterating throws `size-mismatch` or `digest-mismatch` in place of the last piece, and the
   * errors of the connection; a loop that ends without an error has seen exactly the right bytes. Unless `timeoutMs` is given,
   * the deadline is that of any call plus a second for each MiB.
   *
   * @example
   * ```ts
   * await pipeline(await repository.openBlob(layer), createWriteStream('layer.tar.gz'));
   * ```
   * @throws OciError `not-found`, `too-large`
   */
  openBlob(blob: Descriptor | Digest, options?: ReadOptions): Promise<OpenBlob>;
  /**
   * Fetches the manifest of an artifact (of oras, an SBOM, a Helm chart) and lists its files, under names that are safe to write. Read the files
   * by their descriptors, or write them with `writeArtifact`.
   *
   * @example
   * ```ts
   * const { files } = await repository.fetchArtifact('1.4');
   * for (const { name, descriptor } of files) console.log(name, await repository.fetchBlob(descriptor));
   * ```
   * @throws OciError `unsafe-file-name` for a path that leaves the directory, a name that some system misreads, or two files with the same name;
   * `unsupported-media-type` for an index; whatever fetching the manifest can throw
   */
  fetchArtifact(tagOrDigest: string, options?: ManifestOptions): Promise<FetchedArtifact>;
}
