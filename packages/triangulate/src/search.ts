import type { Digest, FetchedManifest, Repository } from 'oci-client-lite';
import type { Wanted } from './options.ts';
import type { Read, Reader } from './reader.ts';
import type { Find, FindKind, Location } from './triangulation.ts';

/** Most layers read of one location, and most referrers of one list. cosign stops at 1 000 signatures too. */
export const maxEntries = 1000;

/** What the searches of one call share. */
export interface Run {
  readonly reader: Reader;
  readonly tagPrefix: string;
  readonly fetch: boolean;
  readonly maxBundleBytes: number;
  /** Bytes read so far. */
  readonly contents: Map<string, Uint8Array>;
  /** Reads of layers under way or done: one digest is fetched once from a repository, however many layers share it. */
  readonly fetching: Map<string, Promise<Find['unread']>>;
  /** Reads of manifests by digest, for those that stand in two lists. */
  readonly manifests: Map<string, Promise<Read<FetchedManifest>>>;
}

/** One search for what is attached to one digest, in one repository. */
export interface Search extends Run {
  readonly repository: Repository;
  readonly digest: Digest;
  /** The round trips that the digest cost. */
  readonly after: number;
  /** Whose manifests and bytes are read. */
  readonly wanted: ReadonlySet<FindKind>;
}

/** What one place answered. */
export interface Looked {
  readonly finds: readonly Find[];
  readonly locations: readonly Location[];
}

/** A find, and the round trips that led to it. */
export interface FoundAt {
  readonly find: Find;
  readonly step: number;
}

// What a bundle is about stands in its signed bytes only: each may be a signature, and each an attestation.
const kindsOf: Readonly<Record<Wanted, readonly FindKind[]>> = {
  signatures: ['cosign-signature', 'oci11-signature', 'sigstore-bundle'],
  attestations: ['cosign-attestation', 'dsse-attestation', 'sigstore-bundle'],
  sboms: ['cosign-sbom'],
  others: ['unknown-referrer', 'buildkit-attestation'],
};

/** The kinds that can be what the caller wants. */
export function wantedKinds(want: readonly Wanted[]): ReadonlySet<FindKind> {
  return new Set(want.flatMap((one) => kindsOf[one]));
}
