import * as z from 'zod';

/** A complete set of documents that were verified together, and the target that they name. */
export interface TufSet {
  readonly timestamp: Buffer;
  readonly snapshot: Buffer;
  /** By role: `targets`, and the delegated roles on the way to the target. */
  readonly targets: ReadonlyMap<string, Buffer>;
  readonly target: Buffer;
}

/**
 * What a client remembers of a repository (TUF specification §5). It is not trusted when it is read back: the chain of roots is
 * walked again from the caller's root, and every other document is verified under the root at the end of that chain.
 */
export interface TufState {
  /** The roots after the caller's, oldest first. */
  readonly roots: readonly Buffer[];
  /** The newest timestamp that verified, even if the rest of that refresh failed: from then on, an older timestamp is a rollback (§5.4.3). */
  readonly newestTimestamp?: Buffer;
  readonly set?: TufSet;
  /** When the mirror last provided a complete set. */
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

/** Reads a state back. Any other file gives the empty state, so that the mirror is asked instead. */
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

/** Writes the state into a single file, so that a reader sees either the whole old state or the whole new one. */
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
    return undefined; // damaged: as if nothing were cached
  }
}
