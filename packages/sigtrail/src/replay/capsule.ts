import { createHash } from 'node:crypto';
import { parseJsonStrict } from '@sigtrail/encoding';
import { type Triangulation, TriangulationSchema } from '@sigtrail/triangulate/names';
import * as z from 'zod';
import { SigtrailError } from '../error.ts';
import type { Report } from '../report/any-report.ts';
import type { CallbackAnswer, Problem } from '../report/report.ts';
import { AUTHORITY_PROFILES, RELAXATIONS } from '../trust/profile.ts';
import type { TrustDocument } from '../trust/trusted-root.ts';
import { CallbackAnswerSchema, ProblemSchema } from '../report/report-parts-schema.ts';
import { ReportSchema } from '../report/report-schema.ts';
import { type RecordedEntry, RecordedEntrySchema } from './recorded-entry.ts';
import { type RecordedOptions, RecordedOptionsSchema } from './recorded-options.ts';

/** A discovery of an image: what was found, with the digests of the bytes, or why it failed. */
export type RecordedDiscovery =
  | {
      /** The question, as text. */
      readonly question: string;
      readonly graph: Triangulation;
      /** Media type with which the image's manifest was delivered; its bytes are `blobs[graph.digest]`. */
      readonly mediaType: string;
      /** Digests of the bytes that were read, each in `blobs`. */
      readonly contents: readonly string[];
    }
  | { readonly question: string; readonly problem: Problem };

/** A public key that a resolver loaded. */
export interface RecordedKey {
  /** PEM SubjectPublicKeyInfo. */
  readonly pem: string;
  /** RFC 3339. */
  readonly from?: string;
  readonly until?: string;
}

/**
 * Everything that an evaluation rested on, as plain JSON: all bytes, trust, policy, keys, the answers of the user's code, the clock. Replayed
 * years later, without a network, it gives the same report. It holds no credentials. It is a record, not a proof: anyone who can write the
 * file can write a different one.
 */
export interface Capsule<R extends Report = Report> {
  readonly kind: 'sigtrail-capsule';
  readonly schemaVersion: 2;
  /** The judges that made it. Other versions may check more; then a replay says which judge changed. */
  readonly engine: {
    readonly name: string;
    readonly version: string;
    readonly secondJudge: { readonly name: string; readonly version: string };
  };
  readonly asked: {
    readonly what: 'image' | 'attestations';
    readonly reference: string;
    readonly options?: RecordedOptions;
  };
  /** RFC 3339: the verifier's clock. */
  readonly now: string;
  /** The policy (or the request for attestations) as JSON text, and the SHA-256 of that text. Code is a mark in it. */
  readonly policy: { readonly document: string; readonly digest: string };
  /** The deny-list as JSON text. */
  readonly deny?: string;
  /** Whether the second judge was asked. */
  readonly secondJudge: 'on' | 'off';
  /** The original documents of the trusted root, whether they were combined, or why there were none. */
  readonly trust: {
    readonly documents: readonly TrustDocument[];
    readonly combined: boolean;
    readonly problem?: Problem;
  };
  readonly discoveries: readonly RecordedDiscovery[];
  /** Base64 by digest. */
  readonly blobs: Readonly<Record<string, string>>;
  /** The keys that each key resolver of the policy loaded, in the order of the policy, and which resolvers could not be asked. */
  readonly resolved: { readonly keys: readonly (readonly RecordedKey[])[]; readonly problems: readonly Problem[] };
  /** The log entries that were looked up for candidates without an entry, by the candidate's id, and which logs could not be asked. */
  readonly lookedUp?: {
    readonly entries: Readonly<Record<string, readonly RecordedEntry[]>>;
    readonly problems: readonly Problem[];
  };
  readonly answers: readonly CallbackAnswer[];
  readonly report: R;
}

const CAPSULE_KIND = 'sigtrail-capsule';
// Version 1 held rewritten trust, and where it claimed to come from.
const CAPSULE_VERSION = 2;

const text = z.lazy(() => z.string());
const time = z.lazy(() => z.iso.datetime({ offset: true }));

/** The shape of a capsule. */
export const CapsuleSchema: z.ZodType<Capsule> = z.lazy(() =>
  z.strictObject({
    kind: z.literal(CAPSULE_KIND),
    schemaVersion: z.literal(CAPSULE_VERSION),
    engine: z.strictObject({
      name: z.literal('sigtrail'),
      version: text,
      secondJudge: z.strictObject({ name: z.literal('@sigstore/verify'), version: text }),
    }),
    asked: z.strictObject({
      what: z.enum(['image', 'attestations']),
      reference: text,
      options: RecordedOptionsSchema.exactOptional(),
    }),
    now: time,
    policy: z.strictObject({ document: text, digest: text }),
    deny: text.exactOptional(),
    secondJudge: z.enum(['on', 'off']),
    trust: z.strictObject({
      documents: z.array(
        z.strictObject({
          text,
          profile: z.enum(AUTHORITY_PROFILES).exactOptional(),
          relax: z.array(z.enum(RELAXATIONS)).exactOptional(),
        }),
      ),
      combined: z.boolean(),
      problem: ProblemSchema.exactOptional(),
    }),
    discoveries: z.array(
      z.union([
        z.strictObject({ question: text, graph: TriangulationSchema, mediaType: text, contents: z.array(text) }),
        z.strictObject({ question: text, problem: ProblemSchema }),
      ]),
    ),
    blobs: z.record(text, text),
    resolved: z.strictObject({
      keys: z.array(z.array(z.strictObject({ pem: text, from: time.exactOptional(), until: time.exactOptional() }))),
      problems: z.array(ProblemSchema),
    }),
    lookedUp: z
      .strictObject({ entries: z.record(text, z.array(RecordedEntrySchema)), problems: z.array(ProblemSchema) })
      .exactOptional(),
    answers: z.array(CallbackAnswerSchema),
    report: ReportSchema,
  }),
);

// A capsule holds bundles and SBOMs of a single image, which are far smaller than this.
const MAX_BYTES = 512 * 1024 * 1024;

/**
 * Reads a capsule.
 *
 * @throws SigtrailError `invalid-capsule` with the `path` of the fault
 */
export function parseCapsule(input: Uint8Array | string | object): Capsule {
  const json = readJson(input);
  // Checked first: a report has a schemaVersion, too, and the release that made a file does not matter if the file is not a capsule.
  if (!z.object({ kind: z.literal(CAPSULE_KIND) }).safeParse(json).success)
    throw invalidCapsule(
      `this is not a capsule: it has no "kind": "${CAPSULE_KIND}"; give a file that verify --capsule (captureEvidence) wrote`,
      'kind',
    );
  const version = z.object({ schemaVersion: z.int() }).safeParse(json).data?.schemaVersion;
  if (version !== undefined && version !== CAPSULE_VERSION)
    throw invalidCapsule(
      `it has schemaVersion ${version}, and this release reads ${CAPSULE_VERSION}: replay it with the release that made it`,
      'schemaVersion',
    );
  const parsed = CapsuleSchema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const path = (issue?.path ?? []).join('.');
    throw invalidCapsule(`malformed at ${path === '' ? 'its root' : path}: ${issue?.message ?? ''}`, path);
  }
  // The members keep their order, so that the replay gives the recorded report byte for byte.
  const capsule = json as Capsule;
  const digest = sha256(capsule.policy.document);
  if (digest !== capsule.policy.digest)
    throw invalidCapsule(`its policy has the digest ${digest}, not ${capsule.policy.digest}`, 'policy.digest');
  return capsule;
}

function readJson(input: Uint8Array | string | object): unknown {
  if (typeof input !== 'string' && !(input instanceof Uint8Array)) return input;
  try {
    return parseJsonStrict(input, { maxBytes: MAX_BYTES });
  } catch (cause) {
    throw invalidCapsule(`not JSON: ${cause instanceof Error ? cause.message : ''}`, '', cause);
  }
}

/** The error for a capsule that can't be replayed. */
export function invalidCapsule(why: string, path: string, cause?: unknown): SigtrailError {
  return new SigtrailError('invalid-capsule', `the capsule can't be replayed: ${why}`, {
    path,
    ...(cause === undefined ? {} : { cause }),
  });
}

/** `sha256:` and hex of a text. */
export function sha256(value: string): string {
  return `sha256:${createHash('sha256').update(value).digest('hex')}`;
}

/** Unreadable content of a capsule is the capsule's fault, whichever reader notices it. */
export function blamed<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw invalidCapsule(cause instanceof Error ? cause.message : 'it can’t be read', path, cause);
  }
}
