import * as z from 'zod';

/** One complete set of documents that was verified together, and the target that they name. */
export interface TufSet {
  readonly timestamp: Buffer;
  readonly snapshot: Buffer;
  /** By role: `targets`, and the delegated roles on the way to the target. */
  readonly targets: ReadonlyMap<string, Buffer>;
  readonly target: Buffer;
}

/**
 * What a client remembers of a repository (TUF specification §5). Nothing in it is believed when it is read back: the chain of roots is
 * walked again from the root that the caller gave, and every other document is verified under the root at the end of that chain.
 */
export interface TufState {
  /** The roots after the caller's, oldest first. */
  readonly roots: readonly Buffer[];
  /** The newest timestamp that verified, also when the rest of that refresh failed: an older one is a rollback from then on (§5.4.3). */
  readonly newestTimestamp?: Buffer;
  readonly set?: TufSet;
  /** When the mirror last gave a complete set. */
  readonly refreshedAt?: Date;
}

export const EMPTY_STATE: TufState = { roots: [] };

// A chain of 256 roots (the limit of the walk) with large documents stays far below this.
const MAX_STATE_BYTES = 64 * 1024 * 1024;

const Bytes = z.base64().transform((text) => Buffer.from(text, 'base64'));
const Document = z.strictObject({
  version: z.literal(1),
  roots: z.array(Bytes).max(256),
  newestTimestamp: Bytes.optional(),
  set: z
    .strictObject({
      timestamp: Bytes,
      snapshot: Bytes,
      targets: z.array(z.tuple([z.string(), Bytes])).max(64),
      target: Bytes,
    })
    .optional(),
  refreshedAt: z.iso.datetime().optional(),
});

/** Reads a state back. A file that is not one gives the empty state: the mirror is asked instead. */
export function parseTufState(bytes: Uint8Array): TufState {
  if (bytes.length > MAX_STATE_BYTES) return EMPTY_STATE;
  const parsed = Document.safeParse(parseJson(bytes));
  if (!parsed.success) return EMPTY_STATE;
  const { roots, newestTimestamp, set, refreshedAt } = parsed.data;
  return {
    roots,
    ...(newestTimestamp === undefined ? {} : { newestTimestamp }),
    ...(set === undefined ? {} : { set: { ...set, targets: new Map(set.targets) } }),
    ...(refreshedAt === undefined ? {} : { refreshedAt: new Date(refreshedAt) }),
  };
}

/** The one file that a state is kept in, so that it is the old one or the new one, whole. */
export function formatTufState({ roots, newestTimestamp, set, refreshedAt }: TufState): string {
  const text = (bytes: Buffer): string => bytes.toString('base64');
  return JSON.stringify({
    version: 1,
    roots: roots.map(text),
    ...(newestTimestamp === undefined ? {} : { newestTimestamp: text(newestTimestamp) }),
    ...(set === undefined
      ? {}
      : {
          set: {
            timestamp: text(set.timestamp),
            snapshot: text(set.snapshot),
            targets: [...set.targets].map(([role, bytes]) => [role, text(bytes)]),
            target: text(set.target),
          },
        }),
    ...(refreshedAt === undefined ? {} : { refreshedAt: refreshedAt.toISOString() }),
  });
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined; // spoiled: as if nothing were kept
  }
}
