import { type KnownKeys, parseJsonStrict } from '@sigtrail/encoding';
import * as z from 'zod';
import { FormatError, notJson } from './format-error.ts';

/** A subject of a statement. */
export interface StatementSubject {
  readonly name?: string;
  /** Where it is, or what it is called elsewhere: a purl. */
  readonly uri?: string;
  readonly digest: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, unknown>>;
}

/** An in-toto statement (in-toto attestation spec v0.1 and v1). */
export interface Statement {
  readonly subject: readonly StatementSubject[];
  readonly predicateType: string;
  /** Parsed anew at each access, since the objects of an SBOM take several times its bytes. */
  readonly predicate: unknown;
}

/** cosign 3's own predicate type: the only one that is a signature by itself. */
export const COSIGN_SIGN_PREDICATE = 'https://sigstore.dev/cosign/sign/v1';

const Document = z.object({
  _type: z.enum(['https://in-toto.io/Statement/v0.1', 'https://in-toto.io/Statement/v1']),
  // 1,024 subjects of 32 digests, as sigstore-go allows (CVE-2024-45395: unbounded lists).
  subject: z
    .array(
      z.object({
        name: z.string().nullish(),
        uri: z.string().nullish(),
        digest: z
          .record(z.string(), z.string())
          .refine((digest) => Object.keys(digest).length <= 32, 'more than 32 digests'),
        annotations: z.record(z.string(), z.unknown()).nullish(),
      }),
    )
    .min(1)
    .max(1024),
  predicateType: z.string().min(1),
  predicate: z.unknown().optional(),
});

// SBOMs of pnpm, cargo, maturin and Maven have 25 to 47 bytes a member, 1.2 to 2.9 KB a component and nest 5 to 7 deep: this many bytes hold
// at least 17,000 components, and this many members make 50 MiB of the densest. While being parsed, they take about 200 MB.
const MAX_BYTES = 64 * 1024 * 1024;
const MAX_MEMBERS = 2_000_000;

// Members below `predicate`, `annotations` and `digest` are free, so any key is allowed there. Go also reads protobuf's names.
const KNOWN_KEYS: KnownKeys = {
  names: ['_type', 'subject', 'name', 'uri', 'digest', 'annotations', 'predicateType', 'predicate'],
  otherSpellings: { predicate_type: 'predicateType' },
  within: ['subject'],
};

/** The bytes were parsed strictly before. */
function readPredicate(payload: Uint8Array): unknown {
  const { predicate } = JSON.parse(
    Buffer.from(payload.buffer, payload.byteOffset, payload.length).toString('utf8'),
  ) as {
    readonly predicate?: unknown;
  };
  return predicate;
}

/** Parses a statement from the very bytes that were signed. */
export function parseStatement(payload: Uint8Array): Statement {
  let json: unknown;
  try {
    json = parseJsonStrict(payload, { maxBytes: MAX_BYTES, maxMembers: MAX_MEMBERS, knownKeys: KNOWN_KEYS });
  } catch (cause) {
    throw notJson('statement-malformed', 'the signed payload', cause);
  }
  const parsed = Document.safeParse(json);
  if (!parsed.success)
    throw new FormatError(
      'statement-malformed',
      `the signed payload is not an in-toto statement: ${parsed.error.issues[0]?.path.join('.')} ${parsed.error.issues[0]?.message}`,
    );
  const { subject, predicateType } = parsed.data;
  return {
    subject: subject.map(({ name, uri, digest, annotations }) => ({
      ...(typeof name === 'string' ? { name } : {}),
      ...(typeof uri === 'string' ? { uri } : {}),
      digest,
      annotations: annotations ?? {},
    })),
    predicateType,
    get predicate() {
      return readPredicate(payload);
    },
  };
}
