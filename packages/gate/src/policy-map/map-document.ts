import { z } from 'zod';

/** A policy map as it is written. */
export interface MapDocument {
  readonly version: 1;
  readonly $schema?: string | undefined;
  readonly policies?: Readonly<Record<string, unknown>> | undefined;
  readonly images: readonly ImageRuleDocument[];
  readonly exceptions?: readonly ExceptionDocument[] | undefined;
}

/** Which policy its images must meet. */
export interface ImageRuleDocument {
  readonly match: string | readonly string[];
  /** The name of one of `policies`, `{ file }`, or a policy. */
  readonly policy: unknown;
  readonly mode?: 'enforce' | 'warn' | undefined;
}

/** Images that may run without being verified, until a day. */
export interface ExceptionDocument {
  readonly match: string | readonly string[];
  readonly reason: string;
  readonly until: string;
}

const text = z.string().min(1);
const match = z.union([text, z.array(text).min(1).max(1000)], { error: 'must be a pattern, or a list of patterns' });
const policy = z.union([text, z.record(z.string(), z.unknown())], {
  error: 'must be the name of one of "policies", { file: … }, or a policy',
});

/** Checks the shape of a policy map; what its policies and patterns say is checked where they are read. */
export const MapDocument: z.ZodType<MapDocument> = z.strictObject({
  version: z.literal(1, { error: 'must be 1' }),
  $schema: z.string().optional(),
  policies: z
    .record(z.string(), z.record(z.string(), z.unknown(), { error: 'must be { file: … }, or a policy' }))
    .optional(),
  images: z
    .array(
      z.strictObject({
        match,
        policy,
        mode: z.enum(['enforce', 'warn'], { error: 'must be enforce or warn' }).optional(),
      }),
    )
    .max(10_000),
  exceptions: z
    .array(z.strictObject({ match, reason: z.string().trim().min(1, { error: 'must say why' }), until: text }))
    .max(10_000)
    .optional(),
});
