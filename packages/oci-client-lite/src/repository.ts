import type { Descriptor } from './descriptor.ts';
import type { Digest } from './digest.ts';
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

/** All referrers found, and where was looked. A place that could not be read is an error, never an empty list. */
export interface Referrers {
  readonly referrers: readonly Referrer[];
  readonly looked: readonly {
    readonly carrier: ReferrerCarrier;
    readonly answer: 'found' | 'absent' | 'unsupported';
  }[];
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
   * @throws OciError whenever any place could not be read
   */
  listReferrers(digest: Digest, options?: ReadOptions): Promise<Referrers>;
  /** Lists the tags of the repository. */
  listTags(options?: ReadOptions): Promise<readonly string[]>;
}
