import type { Descriptor, Digest, FetchedManifest, Look } from 'oci-client-lite';

/** What something attached to an image is, by the names it was given; its content may still be something else. */
export type FindKind =
  | 'cosign-signature'
  | 'cosign-attestation'
  | 'cosign-sbom'
  | 'sigstore-bundle'
  | 'oci11-signature'
  | 'dsse-attestation'
  | 'unknown-referrer';

/** One thing attached to an image: a lead. Nothing about it is verified but the digests of what was fetched. */
export interface Find {
  /** Stable and unique in a graph: `<manifest digest>#<layer index>`. */
  readonly id: string;
  readonly kind: FindKind;
  /** How it was found. */
  readonly carrier: 'tag' | 'referrers-api' | 'fallback-tag' | 'layout';
  /** The tag of its manifest, where cosign's tag scheme led to it. */
  readonly tag?: string;
  /** Where it is, as `Repository.name`. */
  readonly repository: string;
  /** The digest that it was looked up for; whether it signs that digest is for a verifier to say. */
  readonly signs: Digest;
  readonly manifestDigest: Digest;
  /** Unsigned: the artifact type of a referrer, from its manifest where that was read, else from the list. */
  readonly artifactType?: string;
  /** Unsigned: the predicate type that an annotation claims. */
  readonly predicateTypeHint?: string;
  /** Its bytes, by digest. Absent where the manifest was not read, or is of no known kind. */
  readonly layer?: Descriptor;
  /** Place of the layer in its manifest; 0 where there is no layer. */
  readonly layerIndex: number;
  /** Annotations of the layer. Nobody signed them. */
  readonly unsignedAnnotations: Readonly<Record<string, string>>;
  /** Annotations of the manifest, or of its entry in the list where the manifest was not read. Nobody signed them. */
  readonly unsignedManifestAnnotations: Readonly<Record<string, string>>;
  /** Its bytes (or its manifest) could not be read, and why: it may be anything, so it is not nothing. */
  readonly unread?: { readonly code: string; readonly message: string };
}

/** One place where something could be, and what it answered. */
export interface Location {
  readonly kind: 'signature-tag' | 'attestation-tag' | 'sbom-tag' | 'referrers-api' | 'fallback-tag' | 'layout';
  /** `repository:tag`, or `repository@digest` for a list of referrers. */
  readonly name: string;
  /**
   * - `found`: there is something; `finds` says what.
   * - `absent`: a positive "nothing here".
   * - `unsupported`: there is no such place. Of the referrers API that is decided by its 404, and the fallback tag is asked instead.
   * - `unknown`: it could not be read, or not all of it. Never the same as `absent`.
   */
  readonly answer: 'found' | 'absent' | 'unknown' | 'unsupported';
  /** `OciErrorCode` of what went wrong, where the answer is `unknown`. */
  readonly code?: string;
  readonly message?: string;
  /** How long the registry asked us to wait. */
  readonly retryAfterMs?: number;
}

/** All that is attached to an image, where it was looked for and how. Plain JSON; read it back with `TriangulationSchema`. */
export interface Triangulation {
  /** As asked. */
  readonly reference: string;
  /** Where was looked, as `Repository.name`. */
  readonly repository: string;
  /** `repository@digest`: what the reference was resolved to, once. */
  readonly pinned: string;
  readonly digest: Digest;
  readonly mediaType: string;
  readonly size: number;
  /** In order of location (signature tag, attestation tag, SBOM tag, referrers as listed), then of layer. */
  readonly finds: readonly Find[];
  readonly locations: readonly Location[];
  /** Every request, in the order in which they ended. */
  readonly transcript: readonly Look[];
}

/** The graph, with the bytes that were read for it. */
export interface Triangulated {
  readonly graph: Triangulation;
  readonly image: FetchedManifest;
  /** Bytes of layers, by digest. Each was hashed on arrival. */
  readonly contents: ReadonlyMap<string, Uint8Array>;
}
