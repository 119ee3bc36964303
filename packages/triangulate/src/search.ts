import type { Descriptor, Digest, FetchedManifest, Repository } from 'oci-client-lite';
import type { Settings, Wanted } from './options.ts';
import type { Read, Reader } from './reader.ts';
import type { Source } from './sources.ts';
import type { Find, FindKind, Location, ManifestNode } from './triangulation.ts';

/** The most layers that are read of a location, and the most referrers of a list. cosign stops at 1 000 signatures, too. */
export const maxEntries = 1000;

/** What the searches of one call share. */
export interface Run {
  readonly reader: Reader;
  readonly tagPrefix: string;
  readonly fetch: boolean;
  readonly sharedListings: Settings['sharedListings'];
  readonly maxBundleBytes: number;
  /** Bytes read so far. */
  readonly contents: Map<string, Uint8Array>;
  /** Reads of layers, pending or done: a digest is fetched once from a repository, however many layers share it. */
  readonly fetching: Map<string, Promise<Find['unread']>>;
  /** Reads of manifests by digest, for manifests that are in two lists. */
  readonly manifests: Map<string, Promise<Read<FetchedManifest>>>;
  readonly attestations: AttestationWalk;
}

/** Which attestation manifests to walk, and which were walked. */
export interface AttestationWalk {
  /** `each` reads unsigned ones, too. */
  readonly mode: 'each' | 'signed' | 'none';
  /** Where their signatures may be. */
  readonly sources: readonly Source[];
  /** An attestation manifest that two places list is looked at once. */
  readonly seen: Set<Digest>;
  /** How many more bytes of statements the call may hold. */
  bytesLeft: number;
}

/**
 * A manifest that lists in-toto statements, as an index, the caller or a list of referrers names it: a lead. Only the bytes of its
 * statements prove what it is about.
 */
export interface AttestationLead {
  readonly entry: Descriptor;
  /** The manifest that it claims to be about. */
  readonly about: Digest;
  readonly kind: Extract<FindKind, 'buildkit-attestation' | 'attestation-statement'>;
  readonly carrier: Find['carrier'];
  readonly repository: Repository;
  readonly artifactType?: string | undefined;
}

/** A search for what is attached to a digest in a repository. */
export interface Search extends Run {
  readonly repository: Repository;
  readonly digest: Digest;
  /** The round trips that it took to find the digest. */
  readonly after: number;
  /** The kinds whose manifests and bytes are read. */
  readonly wanted: ReadonlySet<FindKind>;
  /** Whether BuildKit's statements are fetched: those of a signed attestation manifest. */
  readonly fetchesStatements?: boolean;
  /** Looks for signatures of a referrer that lists statements. A nested search has none: nothing deeper is followed. */
  readonly behind?: (lead: AttestationLead, step: number) => Promise<LookedBehind>;
}

/** What a place answered. */
export interface Looked {
  readonly finds: readonly Find[];
  readonly locations: readonly Location[];
  /** Attestation manifests that no index lists. */
  readonly nodes?: readonly ManifestNode[];
}

/** What an attestation manifest led to. */
export interface LookedBehind extends Looked {
  /** Whether it was read, so that `finds` has its statements or says why not. */
  readonly isRead: boolean;
}

/** A find, and the round trips that led to it. */
export interface FoundAt {
  readonly find: Find;
  readonly step: number;
}

// Only the signed bytes of a bundle say what it is about: it may be a signature or an attestation.
const kindsOf: Readonly<Record<Wanted, readonly FindKind[]>> = {
  signatures: ['cosign-signature', 'oci11-signature', 'sigstore-bundle'],
  attestations: ['cosign-attestation', 'dsse-attestation', 'attestation-statement', 'sigstore-bundle'],
  sboms: ['cosign-sbom'],
  others: ['unknown-referrer', 'buildkit-attestation'],
};

/** The kinds that can be what the caller wants. */
export function wantedKinds(want: readonly Wanted[]): ReadonlySet<FindKind> {
  return new Set(want.flatMap((one) => kindsOf[one]));
}

/** The kinds that can be a signature of an attestation manifest. A bundle may be an attestation instead; only its signed bytes tell. */
export const signatureKinds: ReadonlySet<FindKind> = new Set([
  'sigstore-bundle',
  'oci11-signature',
  'cosign-signature',
]);
