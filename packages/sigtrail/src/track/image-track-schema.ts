import type { LogEvidence } from '@sigtrail/rekor';
import * as z from 'zod';
import { LocationSchema } from '@sigtrail/triangulate/schema';
import { ProblemSchema, TranscriptEntrySchema, TrustSchema } from '../report/report-parts-schema.ts';
import type { ImageTrack, TrackedEntry, TrackedSigner, TrackSource } from './image-track.ts';

const text = z.lazy(() => z.string());
const maybe = z.lazy(() => z.string().exactOptional());
const index = z.lazy(() => z.int().nonnegative());
const format = z.lazy(() => z.enum(['cosign-signature', 'cosign-attestation', 'sigstore-bundle', 'dsse-attestation']));
const provenance = z.lazy(() => z.enum(['proven', 'asserted', 'unproven']));

const SignerSchema: z.ZodType<TrackedSigner> = z.lazy(() =>
  z.object({
    kind: z.enum(['certificate', 'public-key']),
    fingerprint: text,
    subjectAlternativeNames: z.array(
      z.object({ kind: z.enum(['uri', 'email', 'dns', 'ip', 'other-name', 'unsupported']), value: text, oid: maybe }),
    ),
    claims: z.looseObject({ issuer: maybe }).exactOptional(),
    identity: z.enum(['proven', 'unproven', 'none']),
    signature: z.enum(['verified', 'failed', 'not-checked']),
    why: maybe,
  }),
);

const EvidenceSchema: z.ZodType<TrackedEntry['evidence']> = z.lazy(() =>
  z.object({
    logIndex: text,
    logId: z.object({ keyId: text }),
    kindVersion: z.object({ kind: text, version: text }).exactOptional(),
    integratedTime: maybe,
    inclusionPromise: z.object({ signedEntryTimestamp: text }).exactOptional(),
    inclusionProof: z
      .object({
        logIndex: text,
        rootHash: text,
        treeSize: text,
        hashes: z.array(text),
        checkpoint: z.object({ envelope: text }).exactOptional(),
      })
      .exactOptional(),
    canonicalizedBody: text,
  }),
);

const EntrySchema: z.ZodType<TrackedEntry> = z.lazy(() =>
  z.object({
    id: text,
    log: text,
    logVersion: z.union([z.literal(1), z.literal(2)]),
    logId: text,
    uuid: text,
    logIndex: index,
    treeIndex: index.exactOptional(),
    treeSize: index.exactOptional(),
    origin: maybe,
    kind: text,
    apiVersion: text,
    hashes: z.array(text),
    role: z.enum(['subject', 'payload', 'material', 'unbound']),
    about: z.array(text),
    content: z.enum(['simple-signing', 'statement', 'manifest', 'unknown']),
    predicateType: maybe,
    signers: z.array(SignerSchema),
    unread: maybe,
    integratedTime: maybe,
    timestamps: z.array(text),
    provenance: z.object({
      body: provenance,
      logIndex: provenance,
      treeIndex: provenance.exactOptional(),
      treeId: provenance.exactOptional(),
      integratedTime: provenance.exactOptional(),
      attestation: provenance.exactOptional(),
    }),
    checks: z.array(
      z.object({
        check: z.enum([
          'log-key',
          'leaf',
          'checkpoint',
          'inclusion',
          'set',
          'tree',
          'shard-offset',
          'attestation',
          'witnesses',
        ]),
        status: z.enum(['passed', 'failed', 'skipped']),
        code: maybe,
        message: text,
        expected: maybe,
        actual: maybe,
      }),
    ),
    seenIn: z.enum(['log', 'registry', 'both']),
    foundBy: z.array(text),
    signatures: z.array(text),
    searchUrl: maybe,
    evidence: EvidenceSchema,
  }),
);

/** One source. */
export const TrackSourceSchema: z.ZodType<TrackSource> = z.lazy(() =>
  z.object({
    source: z.enum(['registry', 'index', 'entries', 'scan', 'trees']),
    where: text,
    answer: z.enum(['answered', 'partly', 'failed', 'not-asked']),
    code: maybe,
    message: maybe,
    covers: text,
  }),
);

/** A track read back from JSON: a record of what was found, to show or compare. */
export const ImageTrackSchema: z.ZodType<ImageTrack> = z.lazy(() =>
  z.object({
    schemaVersion: z.literal(1),
    requested: text,
    reference: text,
    repository: text,
    digest: text,
    mediaType: text,
    digests: z.array(z.object({ digest: text, platform: maybe })),
    questions: z.array(z.object({ kind: z.enum(['hash', 'index', 'entry']), value: text, because: text })),
    entries: z.array(EntrySchema),
    signatures: z.array(
      z.object({
        id: text,
        digest: text,
        format,
        isAttestation: z.boolean(),
        predicateType: maybe,
        logged: z.enum(['yes', 'no', 'unknown']),
        entries: z.array(text),
        problem: maybe,
      }),
    ),
    reconciliation: z.object({
      loggedNotInRegistry: z.array(text),
      inRegistryNotLogged: z.array(text),
      inBoth: z.array(text),
      undecided: z.array(text),
    }),
    sources: z.array(TrackSourceSchema),
    limits: z.array(text),
    problems: z.array(ProblemSchema),
    // `verifyEvidence` checks it, and refuses what it can't read.
    alarms: z.array(
      z.custom<LogEvidence>((value) => typeof value === 'object' && value !== null && 'checkpoints' in value),
    ),
    locations: z.array(LocationSchema),
    transcript: z.array(TranscriptEntrySchema),
    trust: TrustSchema,
    evaluatedAt: text,
  }),
);
