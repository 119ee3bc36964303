import type * as Models from '@tufjs/models';
import { parseJsonStrict } from '@sigtrail/encoding';

/** Fetches a file of the mirror. `undefined`: it is not there (404, 403). */
export type FetchFile = (url: string, maxBytes: number) => Promise<Buffer | undefined>;

/** The starting point of the client workflow. */
export interface TufSource {
  readonly mirror: string;
  readonly target: string;
  /** The root that the caller gave: the only anchor. */
  readonly root: Buffer;
  readonly now: Date;
}

/** The library that reads and verifies signed documents; loaded with the first refresh. */
export type TufModels = typeof Models;

/** A signed document of one role. */
export type Signed<T extends Models.Root | Models.Timestamp | Models.Snapshot | Models.Targets> = Models.Metadata<T>;

type DocumentOf = {
  readonly root: Signed<Models.Root>;
  readonly timestamp: Signed<Models.Timestamp>;
  readonly snapshot: Signed<Models.Snapshot>;
  readonly targets: Signed<Models.Targets>;
};

/** Parses a signed document of this role. The caller must verify its signatures. @throws Error */
export function parseDocument<Role extends keyof DocumentOf>(
  models: TufModels,
  role: Role,
  bytes: Buffer,
): DocumentOf[Role] {
  const json = parseJsonStrict(bytes, { maxBytes: 8 * 1024 * 1024 }) as Parameters<typeof models.Metadata.fromJSON>[1];
  const { Metadata, MetadataKind } = models;
  const document: DocumentOf[keyof DocumentOf] =
    role === 'root'
      ? Metadata.fromJSON(MetadataKind.Root, json)
      : role === 'timestamp'
        ? Metadata.fromJSON(MetadataKind.Timestamp, json)
        : role === 'snapshot'
          ? Metadata.fromJSON(MetadataKind.Snapshot, json)
          : Metadata.fromJSON(MetadataKind.Targets, json);
  // `fromJSON` refuses a document of any other type.
  return document as DocumentOf[Role];
}

export function assertUnexpired(
  role: string,
  signed: { readonly expires: string; isExpired(at: Date): boolean },
  now: Date,
): void {
  if (signed.isExpired(now)) throw new Error(`${role}.json expired at ${signed.expires}`);
}

/** For cached documents: if one no longer verifies, it counts as missing, and the mirror is asked instead. */
export function parseOrNothing<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}
