import { parseJsonStrict } from '@sigtrail/encoding';
import * as z from 'zod';
import { FormatError } from './format-error.ts';

/** One thing that a statement is about. */
export interface StatementSubject {
  readonly name?: string;
  readonly digest: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, unknown>>;
}

/** An in-toto statement (in-toto attestation spec v0.1 and v1). */
export interface Statement {
  readonly subject: readonly StatementSubject[];
  readonly predicateType: string;
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

/** Parses a statement from the very bytes that were signed. */
export function parseStatement(payload: Uint8Array): Statement {
  let json: unknown;
  try {
    json = parseJsonStrict(payload, { maxBytes: 128 * 1024 * 1024 });
  } catch (cause) {
    throw new FormatError('statement-malformed', 'the signed payload is not JSON', { cause });
  }
  const parsed = Document.safeParse(json);
  if (!parsed.success)
    throw new FormatError(
      'statement-malformed',
      `the signed payload is not an in-toto statement: ${parsed.error.issues[0]?.path.join('.')} ${parsed.error.issues[0]?.message}`,
    );
  const { subject, predicateType, predicate } = parsed.data;
  return {
    subject: subject.map(({ name, digest, annotations }) => ({
      ...(typeof name === 'string' ? { name } : {}),
      digest,
      annotations: annotations ?? {},
    })),
    predicateType,
    predicate,
  };
}
