import type { Descriptor } from './descriptor.ts';
import type { Digest } from './digest.ts';
import type { OciError } from './error.ts';
import type { FetchedManifest } from './manifest.ts';

/** One request (or file read), as a transcript shows it. Holds no secret. */
export interface Look {
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
  /** `OciErrorCode` of this request, where it failed. */
  readonly error?: string;
  /** What the request was for, where that is not plain from the address. */
  readonly note?: string;
}

/** Limits of one call. */
export interface ReadOptions {
  readonly signal?: AbortSignal | undefined;
  /** Deadline of the whole call, all its requests together. */
  readonly timeoutMs?: number | undefined;
  /** Lower (or, for blobs, other) size cap than the client's. */
  readonly maxBytes?: number | undefined;
  /** Told of every request, token requests included. */
  readonly onLook?: ((look: Look) => void) | undefined;
}

/** Where a referrer was listed. */
export type ReferrerCarrier = 'referrers-api' | 'fallback-tag' | 'layout';

/** A manifest whose `subject` is said to be the digest asked for: a lead, not proof. */
export interface Referrer {
  readonly descriptor: Descriptor;
  readonly carrier: ReferrerCarrier;
}

/** One list of referrers, and what it answered. `unknown`, only where `partial` was asked for: not read, or not to its end; `error` says why. */
export interface ReferrersLook {
  readonly carrier: ReferrerCarrier;
  readonly answer: 'found' | 'absent' | 'unsupported' | 'unknown';
  readonly error?: OciError;
}

/** All referrers found, and where was looked. A place that could not be read is an error (or `unknown`), never an empty list. */
export interface Referrers {
  readonly referrers: readonly Referrer[];
  readonly looked: readonly ReferrersLook[];
}

/** How to list referrers. */
export interface ReferrersOptions extends ReadOptions {
  /** Which lists to read: `auto` (default) is the API, and the fallback tag where the API is missing or has none. A layout has only one. */
  readonly lists?: 'auto' | 'referrers-api' | 'fallback-tag' | undefined;
  /**
   * `true`: a list that fails, or is longer than the limits, is `unknown` and keeps what could be read of it, and entries are given as they
   * are listed, not completed from their manifests. Default: any failure is thrown.
   */
  readonly partial?: boolean | undefined;
}

/** One repository, in a registry or in a directory. All bytes it returns were hashed. */
export interface Repository {
  readonly kind: 'registry' | 'layout';
  /** `ghcr.io/acme/app`, or `oci:DIRECTORY`. */
  readonly name: string;
  /**
   * Fetches a manifest and computes its digest from the bytes.
   *
   * @throws OciError `not-found` where it is positively absent; `digest-mismatch` where the bytes are not those of the digest asked for;
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
   * Lists what refers to a digest: the referrers API, and the fallback tag where the API is missing or empty
   * (distribution-spec "Listing Referrers").
   *
   * @throws OciError whenever any place could not be read, unless `partial`
   */
  listReferrers(digest: Digest, options?: ReferrersOptions): Promise<Referrers>;
  /** Lists the tags of the repository. */
  listTags(options?: ReadOptions): Promise<readonly string[]>;
}
