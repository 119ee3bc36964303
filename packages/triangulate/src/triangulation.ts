import type { Descriptor, Digest, FetchedManifest, Look } from 'oci-client-lite';
import * as z from 'zod';

/** What something attached to an image is. */
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
  /** Stable: `<manifest digest>#<layer index>`. */
  readonly id: string;
  readonly kind: FindKind;
  readonly carrier: 'tag' | 'referrers-api' | 'fallback-tag' | 'layout';
  readonly tag?: string;
  readonly repository: string;
  /** The digest that it was looked up for; whether it signs that digest is for a verifier to say. */
  readonly signs: Digest;
  readonly manifestDigest: Digest;
  readonly artifactType?: string;
  /** From an annotation that nobody signed. */
  readonly predicateTypeHint?: string;
  readonly layer?: Descriptor;
  readonly layerIndex: number;
  readonly unsignedAnnotations: Readonly<Record<string, string>>;
  readonly unsignedManifestAnnotations: Readonly<Record<string, string>>;
  /** Its bytes could not be fetched, and why. */
  readonly unread?: { readonly code: string; readonly message: string };
}

/** One place where something could be, and what it answered. `absent` is only said after a positive "nothing here". */
export interface Location {
  readonly kind: 'signature-tag' | 'attestation-tag' | 'sbom-tag' | 'referrers-api' | 'fallback-tag' | 'layout';
  readonly name: string;
  readonly answer: 'found' | 'absent' | 'unknown' | 'unsupported';
  readonly code?: string;
  readonly message?: string;
  readonly retryAfterMs?: number;
}

/** All that is attached to an image, where and how it was looked for. Plain JSON. */
export interface Triangulation {
  /** As asked. */
  readonly reference: string;
  readonly repository: string;
  /** `repository@digest`. */
  readonly pinned: string;
  readonly digest: Digest;
  readonly mediaType: string;
  readonly size: number;
  readonly finds: readonly Find[];
  readonly locations: readonly Location[];
  readonly transcript: readonly Look[];
}

/** The graph, with the bytes that were read for it. */
export interface Triangulated {
  readonly graph: Triangulation;
  readonly image: FetchedManifest;
  /** Layer bytes by digest; each was hashed on arrival. */
  readonly contents: ReadonlyMap<string, Uint8Array>;
}

const Annotations = z.record(z.string(), z.string());
const DigestText = z.string().regex(/^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/) as unknown as z.ZodType<Digest>; // a template literal type has no zod counterpart with a regex

/** A `Triangulation` read back from JSON. */
export const TriangulationSchema: z.ZodType<Triangulation> = z.object({
  reference: z.string(),
  repository: z.string(),
  pinned: z.string(),
  digest: DigestText,
  mediaType: z.string(),
  size: z.int().nonnegative(),
  finds: z.array(
    z.object({
      id: z.string(),
      kind: z.enum([
        'cosign-signature',
        'cosign-attestation',
        'cosign-sbom',
        'sigstore-bundle',
        'oci11-signature',
        'dsse-attestation',
        'unknown-referrer',
      ]),
      carrier: z.enum(['tag', 'referrers-api', 'fallback-tag', 'layout']),
      tag: z.string().exactOptional(),
      repository: z.string(),
      signs: DigestText,
      manifestDigest: DigestText,
      artifactType: z.string().exactOptional(),
      predicateTypeHint: z.string().exactOptional(),
      layer: z
        .looseObject({
          mediaType: z.string(),
          digest: DigestText,
          size: z.int().nonnegative(),
          annotations: Annotations.exactOptional(),
        })
        .exactOptional(),
      layerIndex: z.int().nonnegative(),
      unsignedAnnotations: Annotations,
      unsignedManifestAnnotations: Annotations,
      unread: z.object({ code: z.string(), message: z.string() }).exactOptional(),
    }),
  ),
  locations: z.array(
    z.object({
      kind: z.enum(['signature-tag', 'attestation-tag', 'sbom-tag', 'referrers-api', 'fallback-tag', 'layout']),
      name: z.string(),
      answer: z.enum(['found', 'absent', 'unknown', 'unsupported']),
      code: z.string().exactOptional(),
      message: z.string().exactOptional(),
      retryAfterMs: z.number().exactOptional(),
    }),
  ),
  transcript: z.array(
    z.object({
      method: z.enum(['GET', 'HEAD', 'POST', 'READ']),
      url: z.string(),
      status: z.int().exactOptional(),
      bytes: z.int().exactOptional(),
      digest: z.string().exactOptional(),
      durationMs: z.number(),
      error: z.string().exactOptional(),
      note: z.string().exactOptional(),
    }),
  ),
});
