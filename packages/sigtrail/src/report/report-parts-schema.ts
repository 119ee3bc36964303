import type { FulcioClaims, SubjectAlternativeName } from '@sigtrail/fulcio-claims';
import type { TranscriptEntry } from 'oci-client-lite';
import * as z from 'zod';
import type { AttestationPath } from '../evidence/listed-statement.ts';
import type {
  CallbackAnswer,
  Check,
  PolicyOutcome,
  Problem,
  ReplayNote,
  Signer,
  TrustSource,
  VerifiedLogEntry,
  VerifiedTime,
} from './report.ts';
import type { OtherSignature } from './other-signatures.ts';

// Lazy, like all schemas that the package imports: programs that never read a report should not pay for building them.
const text = z.lazy(() => z.string());
const maybe = z.lazy(() => z.string().exactOptional());
const index = z.lazy(() => z.int().nonnegative());
/** Texts by name. */
export const Texts: z.ZodType<Record<string, string>> = z.lazy(() => z.record(text, text));
export const Name: z.ZodType<SubjectAlternativeName> = z.lazy(() =>
  z.object({
    kind: z.enum(['uri', 'email', 'dns', 'ip', 'other-name', 'unsupported']),
    value: text,
    oid: maybe,
  }),
);
export const Claims: z.ZodType<FulcioClaims> = z.lazy(() => z.looseObject({ issuer: maybe }));

/** A problem of a report. */
export const ProblemSchema: z.ZodType<Problem> = z.lazy(() =>
  z.object({
    code: text,
    message: text,
    retryAfterMs: z.number().exactOptional(),
  }),
);

export const CheckSchema: z.ZodType<Check> = z.lazy(() =>
  z.object({
    check: text,
    status: z.enum(['passed', 'failed', 'skipped', 'indeterminate']),
    code: text,
    message: text,
    expected: maybe,
    actual: maybe,
    item: index.exactOptional(),
  }),
);

export const LogSchema: z.ZodType<VerifiedLogEntry> = z.lazy(() =>
  z.object({
    log: text,
    logId: text,
    logIndex: index,
    uuid: maybe,
    integratedTime: maybe,
    kind: text,
    inclusionProof: z.enum(['verified', 'absent']),
    inclusionPromise: z.enum(['verified', 'absent']),
    treeSize: index.exactOptional(),
    checkpointOrigin: maybe,
    inclusionPath: z
      .object({ leafIndex: index, leafHash: text, hashes: z.array(text), rootHash: text, checkpoint: text })
      .exactOptional(),
    searchUrl: maybe,
  }),
);

export const TimeSchema: z.ZodType<VerifiedTime> = z.lazy(() =>
  z.object({
    time: text,
    accuracyMs: index.exactOptional(),
    source: z.enum(['log', 'timestamp-authority']),
    authority: text,
  }),
);

export const SignerSchema: z.ZodType<Signer> = z.lazy(() =>
  z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('certificate'),
      certificate: text,
      subjectAlternativeNames: z.array(Name),
      claims: Claims,
      serialNumber: text,
      notBefore: text,
      notAfter: text,
      authority: text,
    }),
    z.object({ kind: z.literal('key'), fingerprint: text }),
  ]),
);

export const PathSchema: z.ZodType<AttestationPath> = z.lazy(() =>
  z.object({ image: text, platform: maybe, attestationManifest: text, statement: maybe }),
);

export const TranscriptEntrySchema: z.ZodType<TranscriptEntry> = z.lazy(() =>
  z.object({
    method: z.enum(['GET', 'HEAD', 'POST', 'READ']),
    url: text,
    status: index.exactOptional(),
    bytes: index.exactOptional(),
    digest: maybe,
    durationMs: z.number(),
    error: maybe,
    note: maybe,
    ageMs: z.number().nonnegative().exactOptional(),
    routedBy: maybe,
    step: index.exactOptional(),
  }),
);

export const TrustSchema: z.ZodType<TrustSource> = z.lazy(() =>
  z.object({
    kind: z.enum(['embedded', 'file', 'given', 'tuf', 'combined', 'none', 'capsule']),
    name: text,
    digest: maybe,
    snapshotDate: maybe,
    ageDays: index.exactOptional(),
    expires: maybe,
    warning: maybe,
  }),
);

export const ReplaySchema: z.ZodType<ReplayNote> = z.lazy(() =>
  z.object({
    agrees: z.boolean(),
    because: maybe,
    trust: z.enum(['as-given', 'other-than-given', 'of-the-capsule']),
    policy: z.enum([
      'as-given',
      'other-than-given',
      'of-the-capsule',
      'answers-of-the-capsule',
      'absence-of-the-capsule',
      'clock-of-the-capsule',
    ]),
    deny: z.enum(['as-given', 'other-than-given']).exactOptional(),
    clock: z.enum(['as-given', 'of-the-capsule']),
    asked: z.record(text, z.unknown()),
    judges: z.array(z.object({ name: text, version: text, recorded: text })),
  }),
);

/** An answer of the user's code. */
export const CallbackAnswerSchema: z.ZodType<CallbackAnswer> = z.lazy(() =>
  z.object({
    scope: z.enum(['accept', 'predicate', 'acceptImage']),
    name: text,
    candidate: maybe,
    answer: z.enum(['accepted', 'refused', 'threw', 'timed-out']),
    reason: maybe,
  }),
);

export const PolicySchema: z.ZodType<PolicyOutcome> = z.lazy(() =>
  z.object({
    path: text,
    kind: z.enum(['signed-by', 'attested', 'at-least', 'all-of', 'any-of', 'not', 'vex', 'accept-image', 'rule']),
    label: text,
    status: z.enum(['satisfied', 'failed', 'unknown']),
    why: z
      .object({
        code: text,
        message: text,
        candidates: z.array(z.object({ id: text, code: text, message: text })),
      })
      .exactOptional(),
    expected: maybe,
    actual: maybe,
    candidates: z.array(text).exactOptional(),
    get of() {
      return z.array(PolicySchema).exactOptional();
    },
  }),
);

export const OtherSignatureSchema: z.ZodType<OtherSignature> = z.lazy(() =>
  z.object({ format: text, artifactType: text, digest: text }),
);
