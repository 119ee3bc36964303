import type { Digest, Repository } from 'oci-client-lite';
import type { Wanted } from './options.ts';
import type { Reader } from './reader.ts';
import type { Find, FindKind, Location } from './triangulation.ts';

/** Most layers read of one location, and most referrers of one list. cosign stops at 1 000 signatures too. */
export const maxEntries = 1000;

/** One search for what is attached to one digest. */
export interface Search {
  readonly repository: Repository;
  readonly reader: Reader;
  readonly digest: Digest;
  /** Whose manifests and bytes are read. */
  readonly wanted: ReadonlySet<FindKind>;
  readonly fetch: boolean;
  readonly maxBundleBytes: number;
  /** Bytes read so far. */
  readonly contents: Map<string, Uint8Array>;
  /** Reads under way or done: one digest is fetched once, however many layers share it. */
  readonly fetching: Map<string, Promise<Find['unread']>>;
}

/** What one place answered. */
export interface Looked {
  readonly finds: readonly Find[];
  readonly locations: readonly Location[];
}

// What a bundle is about stands in its signed bytes only: each may be a signature, and each an attestation.
const kindsOf: Readonly<Record<Wanted, readonly FindKind[]>> = {
  signatures: ['cosign-signature', 'oci11-signature', 'sigstore-bundle'],
  attestations: ['cosign-attestation', 'dsse-attestation', 'sigstore-bundle'],
  sboms: ['cosign-sbom'],
};

/** The kinds that can be what the caller wants. */
export function wantedKinds(want: readonly Wanted[]): ReadonlySet<FindKind> {
  return new Set(want.flatMap((one) => kindsOf[one]));
}
