import { type Descriptor, type Digest, isDigest, type Platform } from 'oci-client-lite/names';
import * as z from 'zod';
import type { Find, FindKind, Location, ManifestNode, TranscriptStep, Triangulation } from './triangulation.ts';

// This file is an entry of its own: a report's schema loads nothing else of this package.
export type { Find, FindKind, Location, ManifestNode, TranscriptStep, Triangulation } from './triangulation.ts';

/** Every kind that a find can have. */
export const findKinds: readonly FindKind[] = [
  'cosign-signature',
  'cosign-attestation',
  'cosign-sbom',
  'sigstore-bundle',
  'oci11-signature',
  'dsse-attestation',
  'buildkit-attestation',
  'attestation-statement',
  'unknown-referrer',
];

const annotations = z.lazy(() => z.record(z.string(), z.string()));
const digest = z.lazy(() => z.custom<Digest>(isDigest, 'not a sha256 or sha512 digest'));
const count = z.lazy(() => z.int().nonnegative());

const platform: z.ZodType<Platform> = z.lazy(() =>
  z.object({
    architecture: z.string(),
    os: z.string(),
    variant: z.string().exactOptional(),
    'os.version': z.string().exactOptional(),
    'os.features': z.array(z.string()).exactOptional(),
  }),
);

const descriptor: z.ZodType<Descriptor> = z.lazy(() =>
  z.object({
    mediaType: z.string(),
    digest,
    size: count,
    artifactType: z.string().exactOptional(),
    annotations: annotations.exactOptional(),
    data: z.string().exactOptional(),
    platform: platform.exactOptional(),
    urls: z.array(z.string()).exactOptional(),
  }),
);

const find: z.ZodType<Find> = z.lazy(() =>
  z.object({
    id: z.string(),
    kind: z.enum(findKinds),
    carrier: z.enum(['tag', 'referrers-api', 'fallback-tag', 'layout', 'index', 'github-attestations']),
    tag: z.string().exactOptional(),
    repository: z.string(),
    signs: digest,
    manifestDigest: digest,
    otherSubject: digest.exactOptional(),
    artifactType: z.string().exactOptional(),
    predicateTypeHint: z.string().exactOptional(),
    bundleVersion: z.string().exactOptional(),
    layer: descriptor.exactOptional(),
    layerIndex: count,
    unsignedAnnotations: annotations,
    unsignedManifestAnnotations: annotations,
    unread: z.object({ code: z.string(), message: z.string() }).exactOptional(),
  }),
);

/** A place that was asked, read back from JSON. */
export const LocationSchema: z.ZodType<Location> = z.lazy(() =>
  z.object({
    kind: z.enum([
      'signature-tag',
      'attestation-tag',
      'sbom-tag',
      'referrers-api',
      'fallback-tag',
      'layout',
      'github-attestations',
      'platforms',
      'attestation-manifests',
    ]),
    name: z.string(),
    answer: z.enum(['found', 'absent', 'unknown', 'unsupported']),
    code: z.string().exactOptional(),
    message: z.string().exactOptional(),
    retryAfterMs: z.number().nonnegative().exactOptional(),
    maybeCache: z.string().exactOptional(),
    mirror: z.string().exactOptional(),
    ageMs: z.number().nonnegative().exactOptional(),
  }),
);

const node: z.ZodType<ManifestNode> = z.lazy(() =>
  z.object({
    digest,
    mediaType: z.string(),
    size: count,
    role: z.enum(['image', 'index', 'attestation-manifest']),
    platform: platform.exactOptional(),
    parent: digest.exactOptional(),
    about: digest.exactOptional(),
    looked: z.boolean(),
  }),
);

const look: z.ZodType<TranscriptStep> = z.lazy(() =>
  z.object({
    method: z.enum(['GET', 'HEAD', 'POST', 'READ']),
    url: z.string(),
    status: z.int().exactOptional(),
    bytes: count.exactOptional(),
    digest: z.string().exactOptional(),
    durationMs: z.number().nonnegative(),
    error: z.string().exactOptional(),
    note: z.string().exactOptional(),
    ageMs: z.number().nonnegative().exactOptional(),
    routedBy: z.string().exactOptional(),
    step: count,
  }),
);

/**
 * A `Triangulation` read back from JSON. It is a record of what was found, and proves no more than the graph did.
 *
 * @example
 * ```ts
 * TriangulationSchema.parse(JSON.parse(JSON.stringify(graph)));
 * ```
 */
export const TriangulationSchema: z.ZodType<Triangulation> = z.lazy(() =>
  z.object({
    reference: z.string(),
    want: z.array(z.enum(['signatures', 'attestations', 'sboms', 'others'])),
    repository: z.string(),
    pinned: z.string(),
    digest,
    mediaType: z.string(),
    size: count,
    manifests: z.array(node),
    attestationManifests: z.union([z.enum(['each', 'signed', 'none']), z.array(digest)]).exactOptional(),
    finds: z.array(find),
    locations: z.array(LocationSchema),
    transcript: z.array(look),
  }),
);
