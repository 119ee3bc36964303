import { requireText } from '@sigtrail/encoding';
import { z } from 'zod';
import { GateError } from '../error.ts';
import { readStrictDocument } from '../yaml/strict-document.ts';

/** What was verified of one image when it was locked. */
export interface LockedImage {
  readonly digest: string;
  /** Who signed it, without what changes with every release: see {@link signerName}. */
  readonly signers: readonly string[];
  /** Where the first of the signatures is on record. */
  readonly log?: { readonly log: string; readonly logIndex: number } | undefined;
  /** Who signed its SLSA provenance, as far as it is proven; empty if there was none. */
  readonly provenance: readonly string[];
}

/** What was verified, image by image, by the name in reports: `docker.io/library/nginx:1.27`. */
export interface GateLock {
  readonly version: 1;
  readonly images: Readonly<Record<string, LockedImage>>;
}

const LockSchema: z.ZodType<GateLock> = z.strictObject({
  version: z.literal(1),
  images: z.record(
    z.string(),
    z.strictObject({
      digest: z.string().regex(/^sha(?:256:[0-9a-f]{64}|512:[0-9a-f]{128})$/),
      signers: z.array(z.string().min(1)).min(1),
      log: z.strictObject({ log: z.string(), logIndex: z.number().int().nonnegative() }).optional(),
      provenance: z.array(z.string().min(1)),
    }),
  ),
});

// A lock of ten thousand images has four million.
const MAX_CHARACTERS = 8 * 1024 * 1024;

/** Reads a lock. @throws GateError `invalid-lock` with its place */
export function parseLock(text: string, file = 'sigtrail.lock.json'): GateLock {
  requireText(text, 'parseLock', 'text');
  requireText(file, 'parseLock', 'file');
  const read = readStrictDocument(text, MAX_CHARACTERS);
  if ('message' in read) throw new GateError('invalid-lock', read.message, { ...read, file });
  const parsed = LockSchema.safeParse(read.value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new GateError('invalid-lock', `not a lock of sigtrail gate: ${issue?.message ?? ''}`, {
    file,
    position: read.locate(issue?.path ?? []),
  });
}

/** Writes a lock: sorted, so that two runs that find the same write the same. */
export function formatLock({ images }: GateLock): string {
  const sorted = Object.entries(images)
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, { digest, signers, log, provenance }]) => [name, { digest, signers, log, provenance }] as const);
  return `${JSON.stringify({ version: 1, images: Object.fromEntries(sorted) }, null, 2)}\n`;
}
