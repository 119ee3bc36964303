import { findKinds, LocationSchema } from '@sigtrail/triangulate/schema';
import * as z from 'zod';
import type { Report } from './any-report.ts';
import type { AttestationsReport } from './attestations-report.ts';
import type { ImageReport } from './image-report.ts';
import type { PlatformsReport } from './platforms-report.ts';
import {
  CallbackAnswerSchema,
  CheckSchema,
  Claims,
  LogSchema,
  Name,
  OtherSignatureSchema,
  PathSchema,
  PolicySchema,
  ProblemSchema,
  ReplaySchema,
  SignerSchema,
  Texts,
  TimeSchema,
  TranscriptEntrySchema,
  TrustSchema,
} from './report-parts-schema.ts';
import type { AcceptedSignature, CandidateReport } from './report.ts';
import type { ImageInspection } from './inspection.ts';

// Lazy, like the schemas of the parts.
const text = z.lazy(() => z.string());
const maybe = z.lazy(() => z.string().exactOptional());
const index = z.lazy(() => z.int().nonnegative());
const format = z.lazy(() => z.enum(['cosign-signature', 'cosign-attestation', 'sigstore-bundle', 'dsse-attestation']));

const signatureFields = () => ({
  candidate: text,
  format,
  signer: SignerSchema,
  log: z.array(LogSchema),
  times: z.array(TimeSchema),
  annotations: Texts,
  predicateType: maybe,
  dockerReference: maybe,
  through: PathSchema.exactOptional(),
  signature: text,
  payloadType: maybe,
  payload: maybe,
  cosignBundle: z
    .object({
      SignedEntryTimestamp: text,
      Payload: z.object({ body: text, integratedTime: index, logIndex: index, logID: text }),
    })
    .exactOptional(),
  signedTimestamps: z.array(text),
});
const SignatureSchema: z.ZodType<AcceptedSignature> = z.lazy(() => z.object(signatureFields()));

const candidateFields = () => ({
  id: text,
  format,
  carrier: z.enum(['tag', 'referrers-api', 'fallback-tag', 'layout', 'github-attestations', 'given']),
  manifestDigest: maybe,
  layerDigest: maybe,
  isAttestation: z.boolean(),
  through: PathSchema.exactOptional(),
  accepted: z.boolean(),
  refusedBecause: maybe,
  missingFromSnapshot: z.object({ snapshotDate: text, message: text }).exactOptional(),
  checks: z.array(CheckSchema),
  unverifiedClaims: z.object({
    subjectAlternativeNames: z.array(Name).exactOptional(),
    claims: Claims.exactOptional(),
    notBefore: maybe,
    notAfter: maybe,
    keyHint: maybe,
    logIndexes: z.array(index),
    integratedTimes: z.array(text),
    dockerReference: maybe,
    payloadDigest: maybe,
    predicateType: maybe,
    annotations: Texts.exactOptional(),
  }),
  secondJudge: z.object({ verdict: z.enum(['accepted', 'refused', 'not-applicable', 'not-asked']), reason: maybe }),
});
const CandidateSchema: z.ZodType<CandidateReport> = z.lazy(() => z.object(candidateFields()));

const basisFields = () => ({
  schemaVersion: z.literal(1),
  requested: text,
  problems: z.array(ProblemSchema),
  callbacks: z.array(CallbackAnswerSchema).exactOptional(),
  candidates: z.array(CandidateSchema),
  otherSignatures: z.array(OtherSignatureSchema).exactOptional(),
  locations: z.array(LocationSchema),
  transcript: z.array(TranscriptEntrySchema),
  trust: TrustSchema,
  relaxations: z.array(text),
  evaluatedAt: text,
  replay: ReplaySchema.exactOptional(),
});
const resolvedFields = () => ({ repository: text, digest: text, mediaType: text, policy: PolicySchema });
const openFields = () => ({
  ...basisFields(),
  verdict: z.literal('indeterminate'),
  problems: atLeastOne(ProblemSchema),
  repository: maybe,
  digest: maybe,
  mediaType: maybe,
  policy: PolicySchema.exactOptional(),
});
const rejectedFields = () => ({ ...basisFields(), ...resolvedFields(), verdict: z.literal('rejected') });
const verifiedFields = () => ({ ...basisFields(), ...resolvedFields(), verdict: z.literal('verified') });
const nothing = () => z.tuple([]);
const atLeastOne = <T extends z.ZodType>(one: T) => z.tuple([one], one);
const reasons = () => z.enum(['unsigned', 'no-match', 'only-attestations']);

const verifiedImage = z.lazy(() =>
  z.object({
    ...verifiedFields(),
    kind: z.literal('image'),
    reference: text,
    signatures: atLeastOne(SignatureSchema),
    inheritedFrom: maybe,
  }),
);
const rejectedImage = z.lazy(() =>
  z.object({ ...rejectedFields(), kind: z.literal('image'), reason: reasons(), signatures: nothing() }),
);
const indeterminateImage = z.lazy(() => z.object({ ...openFields(), kind: z.literal('image'), signatures: nothing() }));
const image = z.lazy(() => z.discriminatedUnion('verdict', [verifiedImage, rejectedImage, indeterminateImage]));

/** A report of `evaluateImage` read back from JSON: a record of what was decided, never itself a verified image. */
export const ImageReportSchema: z.ZodType<ImageReport> = image;

const platformFields = () => ({ platform: text, digest: text });
const verifiedPlatform = z.lazy(() =>
  z.object({
    ...platformFields(),
    verdict: z.literal('verified'),
    by: z.enum(['own', 'index']),
    report: verifiedImage,
  }),
);
const platform = z.lazy(() =>
  z.discriminatedUnion('verdict', [
    verifiedPlatform,
    z.object({ ...platformFields(), verdict: z.literal('rejected'), report: rejectedImage }),
    z.object({ ...platformFields(), verdict: z.literal('indeterminate'), report: indeterminateImage }),
  ]),
);
const platforms = z.lazy(() =>
  z.discriminatedUnion('verdict', [
    z.object({
      ...verifiedFields(),
      kind: z.literal('platforms'),
      index: maybe,
      signatures: atLeastOne(SignatureSchema),
      platforms: atLeastOne(verifiedPlatform),
    }),
    z.object({
      ...rejectedFields(),
      kind: z.literal('platforms'),
      reason: reasons(),
      signatures: nothing(),
      platforms: atLeastOne(platform),
    }),
    z.object({
      ...openFields(),
      kind: z.literal('platforms'),
      signatures: nothing(),
      platforms: z.array(platform),
    }),
  ]),
);

/** A report of `evaluateImage` with `platforms`, read back from JSON. */
export const PlatformsReportSchema: z.ZodType<PlatformsReport> = platforms;

const statement = z.lazy(() =>
  z.object({ ...signatureFields(), predicateType: text, payload: text, payloadType: text }),
);
const attestations = z.lazy(() =>
  z.discriminatedUnion('verdict', [
    z.object({
      ...verifiedFields(),
      kind: z.literal('attestations'),
      reference: text,
      attestations: atLeastOne(statement),
    }),
    z.object({
      ...rejectedFields(),
      kind: z.literal('attestations'),
      reason: z.enum(['no-attestation', 'no-match']),
      attestations: nothing(),
    }),
    z.object({ ...openFields(), kind: z.literal('attestations'), attestations: nothing() }),
  ]),
);

/** A report of `evaluateAttestations` read back from JSON. */
export const AttestationsReportSchema: z.ZodType<AttestationsReport> = attestations;

/** A report of any kind read back from JSON. */
export const ReportSchema: z.ZodType<Report> = z.lazy(() =>
  z.discriminatedUnion('kind', [image, platforms, attestations]),
);

/** An inspection read back from JSON. */
export const ImageInspectionSchema: z.ZodType<ImageInspection> = z.lazy(() =>
  z.object({
    schemaVersion: z.literal(1),
    requested: text,
    reference: text,
    repository: text,
    digest: text,
    mediaType: text,
    candidates: z.array(
      z.object({
        ...candidateFields(),
        log: z.array(LogSchema),
        times: z.array(TimeSchema),
        proven: z.boolean(),
        missing: z.array(z.object({ code: text, message: text })),
        signer: SignerSchema.exactOptional(),
      }),
    ),
    attachments: z.array(
      z.object({
        kind: z.enum(findKinds),
        digest: text,
        subject: text,
        artifactType: text.exactOptional(),
        predicateType: text.exactOptional(),
      }),
    ),
    otherSignatures: z.array(OtherSignatureSchema).exactOptional(),
    locations: z.array(LocationSchema),
    transcript: z.array(TranscriptEntrySchema),
    trust: TrustSchema,
    evaluatedAt: text,
  }),
);

/** The schemas that have a name of their own in `report.schema.json`. */
export function reportDefinitions(): Readonly<Record<string, z.ZodType>> {
  return {
    VerifiedImageReport: verifiedImage,
    RejectedImageReport: rejectedImage,
    IndeterminateImageReport: indeterminateImage,
    ImageReport: image,
    PlatformReport: platform,
    VerifiedPlatformReport: verifiedPlatform,
    PlatformsReport: platforms,
    AttestationsReport: attestations,
    AcceptedSignature: SignatureSchema,
    AcceptedStatement: statement,
    AttestationPath: PathSchema,
    CallbackAnswer: CallbackAnswerSchema,
    CandidateReport: CandidateSchema,
    Check: CheckSchema,
    FulcioClaims: Claims,
    Location: LocationSchema,
    TranscriptEntry: TranscriptEntrySchema,
    PolicyOutcome: PolicySchema,
    Problem: ProblemSchema,
    Signer: SignerSchema,
    SubjectAlternativeName: Name,
    TrustSource: TrustSchema,
    VerifiedLogEntry: LogSchema,
    VerifiedTime: TimeSchema,
  };
}
