import type { EntryBody } from './entry-body.ts';
import type { EntryResponse } from './entry-response.ts';
import type { KeyPair } from './key-pair.ts';
import type { Validity } from './validity.ts';

/** One entry of a log. */
export interface AppendedEntry {
  readonly kind: string;
  readonly apiVersion: string;
  /** The canonical JSON that the tree has hashed. */
  readonly body: Buffer;
  readonly leafHash: Buffer;
  /** Position in the tree. */
  readonly treeIndex: number;
  /** Global index: with the entries of earlier shards. */
  readonly logIndex: number;
  /** Unix seconds; Rekor v2 has none. */
  readonly integratedTime?: number;
  /** Tree ID and leaf hash in hex: the entry ID of Rekor v1. */
  readonly uuid: string;
  /** Digests under which the search index files it though its body doesn't say them: the subjects of a statement. */
  readonly subjects?: readonly string[];
}

/** A proof at some size of the tree. */
export interface InclusionProof {
  readonly treeIndex: number;
  readonly treeSize: number;
  readonly rootHash: Buffer;
  readonly hashes: readonly Buffer[];
  readonly checkpoint: string;
}

/** A transparency log that grows. */
export interface TransparencyLog {
  readonly version: 1 | 2;
  readonly key: KeyPair;
  readonly logId: Buffer;
  readonly host: string;
  readonly baseUrl: string;
  readonly treeId: bigint;
  /** Entries of earlier shards. */
  readonly indexOffset: number;
  readonly validFor: Validity;
  readonly entries: readonly AppendedEntry[];
  append(body: EntryBody, at: Date, subjects?: readonly string[]): AppendedEntry;
  /** The signed root at a size; default now's. */
  checkpoint(size?: number): string;
  /** The proof of an entry at a size; default now's. */
  prove(entry: AppendedEntry, size?: number): InclusionProof;
  /** Hashes that show the tree of `from` entries inside the tree of `to`. */
  proveConsistency(from: number, to?: number): readonly Buffer[];
  rootHash(size?: number): Buffer;
  /** The SET: v1's promise to include an entry. */
  signedEntryTimestamp(entry: Pick<AppendedEntry, 'body' | 'logIndex'> & { readonly integratedTime: number }): Buffer;
  /** v1: what its REST API answers for a global index; `undefined` where it says 404. */
  entryResponse(logIndex: number): EntryResponse | undefined;
  /** The same log, with the same key, as it was at a size; default now's. From here on they grow apart: a fork. */
  fork(size?: number): TransparencyLog;
}
