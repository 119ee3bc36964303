import type { Descriptor, Digest, FetchedManifest, Platform, ReadOptions, TranscriptEntry } from 'oci-client-lite';
import type { Wanted } from './options.ts';
import type { FailureCode } from './failure.ts';

/** What an attachment is according to its names; its content may still be something else. */
export type FindKind =
  | 'cosign-signature'
  | 'cosign-attestation'
  | 'cosign-sbom'
  | 'sigstore-bundle'
  | 'oci11-signature'
  | 'dsse-attestation'
  /** A statement of BuildKit's attestation manifest, an entry of the index or a referrer. If anybody signed it, then by signing that manifest. */
  | 'buildkit-attestation'
  /** A statement without an envelope in a referrer, as Docker Hardened Images have it. If anybody signed it, then by signing that referrer's manifest. */
  | 'attestation-statement'
  | 'unknown-referrer';

/** An attachment of an image: a lead. Only the digests of fetched bytes are verified. */
export interface Find {
  /** Stable and unique in a graph: `<manifest digest>#<layer index>`, followed by `@<digest>` if it is also attached to a second manifest. */
  readonly id: string;
  readonly kind: FindKind;
  /** How it was found. `index`: an entry of the image index itself. `github-attestations`: GitHub's attestation API, which `triangulate` itself never asks. */
  readonly carrier: 'tag' | 'referrers-api' | 'fallback-tag' | 'layout' | 'index' | 'github-attestations';
  /** The tag of its manifest, if cosign's tag scheme led to it. */
  readonly tag?: string;
  /** Where it is, as `Repository.name`. */
  readonly repository: string;
  /**
   * The digest that it was looked up for; only a verifier can say whether it signs that digest. A signature of an attestation manifest has the digest of that
   * manifest, whose node says what it is about.
   */
  readonly signs: Digest;
  readonly manifestDigest: Digest;
  /** Unsigned: the `subject` that its manifest names, if that is not `signs`. */
  readonly otherSubject?: Digest;
  /** Unsigned: the artifact type of a referrer, from its manifest if that was read, else from the list. */
  readonly artifactType?: string;
  /** Unsigned: the predicate type that an annotation claims, or else the one in the bytes if they were read. */
  readonly predicateTypeHint?: string;
  /** Unsigned: the version in the media type of a Sigstore bundle, such as `0.3`. */
  readonly bundleVersion?: string;
  /** Its bytes, by digest. Absent if the manifest was not read, or is of an unknown kind. */
  readonly layer?: Descriptor;
  /** Place of the layer in its manifest; 0 without a layer. */
  readonly layerIndex: number;
  /** Annotations of the layer, unsigned. */
  readonly unsignedAnnotations: Readonly<Record<string, string>>;
  /** Annotations of the manifest, or of its entry in the list if the manifest was not read; unsigned. */
  readonly unsignedManifestAnnotations: Readonly<Record<string, string>>;
  /** Why its bytes (or its manifest) could not be read: it may be anything, so it doesn't count as absent. */
  readonly unread?: { readonly code: FailureCode; readonly message: string };
}

/** A place where something could be, and what it answered. */
export interface Location {
  readonly kind:
    | 'signature-tag'
    | 'attestation-tag'
    | 'sbom-tag'
    | 'referrers-api'
    | 'fallback-tag'
    | 'layout'
    /** GitHub's attestation API: never asked by `triangulate` itself. */
    | 'github-attestations'
    /** The manifests of an index, if they are looked at, too; only listed if some could not be. */
    | 'platforms'
    /** The attestation manifests of an image; only listed if there are too many to look at each. */
    | 'attestation-manifests';
  /** `repository:tag`, or `repository@digest` for a list of referrers. */
  readonly name: string;
  /**
   * - `found`: there is something; `finds` says what.
   * - `absent`: a positive "nothing here".
   * - `unsupported`: the place does not exist: no referrers API, by its 404 (the fallback tag is asked anyway), or the tag would be too long.
   * - `unknown`: it could not be read, or not all of it. Never the same as `absent`.
   */
  readonly answer: 'found' | 'absent' | 'unknown' | 'unsupported';
  /** What went wrong, if the answer is `unknown`. */
  readonly code?: FailureCode;
  readonly message?: string;
  /** How long the registry asked us to wait. */
  readonly retryAfterMs?: number;
  /**
   * Why the host that answered may be a pull-through cache, which can hide what the registry behind it has: then `absent` and `unsupported` are only true of the cache.
   * A hint; no verdict depends on it.
   */
  readonly maybeCache?: string;
  /** The mirror that answered for the registry. Its lists and tags may be older, or leave something out: it shows what exists, never that nothing else does. */
  readonly mirror?: string;
  /** How old the answer is, if another process got it and shares it (`sharedListings`). Only for `found`. */
  readonly ageMs?: number;
}

/** The image, or a manifest of its index. */
export interface ManifestNode {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly size: number;
  /** `attestation-manifest` lists in-toto statements: an entry of the index that is not an image, or a referrer. */
  readonly role: 'image' | 'index' | 'attestation-manifest';
  /** According to the index that lists it. */
  readonly platform?: Platform;
  /** The index that lists it; missing for the image that the reference names, and for a referrer. */
  readonly parent?: Digest;
  /** Unsigned: the manifest that an attestation manifest claims to be about. */
  readonly about?: Digest;
  /** Whether its attachments were looked for. */
  readonly looked: boolean;
}

/** A request, and how many others had to end before it could begin. */
export interface TranscriptStep extends TranscriptEntry {
  /**
   * 1 for a request that waited for no other, 2 for a request that needed such an answer, and so on: the largest is the number of dependent round trips.
   * Authentication, files and reads from memory are not counted, and have the number of the read before them.
   */
  readonly step: number;
}

/** Everything attached to an image, where it was looked for and how. Plain JSON; read it back with `TriangulationSchema`. */
export interface Triangulation {
  /** The reference that was given. */
  readonly reference: string;
  /** The kinds that were looked for; the graph says nothing about other kinds. */
  readonly want: readonly Wanted[];
  /** Where the image is, as `Repository.name`. */
  readonly repository: string;
  /** `repository@digest`: what the reference was resolved to, once. */
  readonly pinned: string;
  readonly digest: Digest;
  readonly mediaType: string;
  readonly size: number;
  /** The image first, then the manifests that its index lists, in order. `findsOf` gives the finds of a manifest. */
  readonly manifests: readonly ManifestNode[];
  /**
   * Which attestation manifests were walked, if not `each`: `signed` ones, `none`, or those that the caller gave. The graph says nothing about
   * the others.
   */
  readonly attestationManifests?: 'each' | 'signed' | 'none' | readonly Digest[];
  /** In order of manifest, of location (signature tag, attestation tag, SBOM tag, referrers as listed), then of layer. */
  readonly finds: readonly Find[];
  readonly locations: readonly Location[];
  /** Every request, in the order in which they ended. */
  readonly transcript: readonly TranscriptStep[];
}

/** The graph, with the bytes that were read for it. */
export interface Triangulated {
  readonly graph: Triangulation;
  readonly image: FetchedManifest;
  /** Bytes of layers, by digest. Each was hashed on arrival. */
  readonly contents: ReadonlyMap<string, Uint8Array>;
  /**
   * The bytes of a find: from `contents`, or else read now (with a connection of its own if the client was closed). Hashed on arrival.
   *
   * @throws OciError; TypeError for a find without a layer
   */
  read(find: Find, options?: ReadOptions): Promise<Uint8Array>;
}
