import type { Checkpoint } from '../note/checkpoint.ts';
import type { Cosignature, WitnessKey } from '../note/cosignature.ts';
import type { Provenance, RekorEntry, ScannedEntry } from '../entry/entry.ts';
import type { RekorError } from '../error.ts';
import type { EntryQuestion } from '../entry/log-entry.ts';
import type { ConnectionOptions } from './open-http.ts';
import type { ProposedEntry, SearchAnswer, SearchQuery } from './search.ts';
import type { TrustedLog } from '../note/trusted-log.ts';

/** How to reach a log, and which keys are trusted. */
export interface RekorOptions extends ConnectionOptions {
  /**
   * Address of the log, for example `https://rekor.sigstore.dev`. Plain http only to this machine. For Rekor v2 also a `file:` address
   * of a folder with its tiles.
   */
  readonly url: string;
  /**
   * Logs whose keys count: `readTrustedLogs(trustedRoot)`, or `[parseLogKey(text)]` for a log of your own. Never taken from the log.
   * With an empty list nothing can be proven, and every entry says `unproven`.
   */
  readonly trust: readonly TrustedLog[];
  /** 1: REST with an index; 2: tiles. Default: detected with one request. */
  readonly version?: 1 | 2;
  /** Witnesses whose cosignatures are verified (`parseWitnessKey`). Default none: cosignatures are then shown unverified. */
  readonly witnesses?: readonly WitnessKey[];
  /** How many of `witnesses` must have cosigned each checkpoint. Default 0. */
  readonly witnessQuorum?: number;
  /** Public logs ask clients to name themselves. */
  readonly userAgent?: string;
  /** Deadline of each request, retries included. Default 30 000 ms. */
  readonly timeoutMs?: number;
  /** Requests at the same time. Default 4: public logs limit each address. */
  readonly concurrency?: number;
  /** Further tries of a request that the log, or the way to it, could not answer now (429 with `Retry-After`, 502, 503, 504). Default 3. */
  readonly retries?: number;
}

/** Bounds of one call. */
export interface RekorCallOptions {
  readonly signal?: AbortSignal;
}

/** A signed statement of a tree's size and root, checked. */
export interface LogCheckpoint {
  /** The signed note as the log gave it. Keep this. */
  readonly note: string;
  readonly checkpoint: Checkpoint;
  readonly origin: string;
  /** Decimal; v1 only. */
  readonly treeId?: string;
  readonly size: bigint;
  /** Lower-case hexadecimal. */
  readonly rootHash: string;
  /** `asserted`: signed by a trusted key; `unproven`: there was no key to check it with. */
  readonly provenance: Provenance;
  /** `sha256:` of the trusted key (SPKI) that signed it; absent when there was no key to check it with. */
  readonly signedBy?: string;
  /** `unverified`: no key; `pinned`: signed by a trusted key; `witnessed`: and cosigned by the quorum of witnesses. */
  readonly trust: 'unverified' | 'pinned' | 'witnessed';
  /** Rekor v2 closes a log with a last checkpoint that says `Log frozen`. */
  readonly frozen: boolean;
  readonly cosignatures: readonly Cosignature[];
}

/** One tree of a log. */
export interface RekorShard {
  /** Decimal; v1 only. */
  readonly treeId?: string;
  /** Global index of its first entry: the sizes of all earlier shards, each from its signed checkpoint. */
  readonly offset: number;
  readonly checkpoint: LogCheckpoint;
}

/** The trees of a log. */
export interface RekorLogInfo {
  readonly version: 1 | 2;
  readonly active: RekorShard;
  /** Filled and closed, oldest first. */
  readonly inactive: readonly RekorShard[];
}

/** Entries requested by index, UUID or content. */
export interface EntriesAnswer {
  /** In the order of the questions, each entry once. */
  readonly entries: readonly RekorEntry[];
  /** Requested, but not there according to the log. */
  readonly missing: readonly EntriesQuestion[];
  /** Answered with something that failed a check. The log, or something between it and us, lies. */
  readonly refused: readonly { readonly question?: EntriesQuestion; readonly error: RekorError }[];
}

/** One thing to retrieve: by place, or a whole proposed entry, found by its content in every shard. */
export type EntriesQuestion = EntryQuestion | { readonly proposed: ProposedEntry };

/** That a tree only grew. */
export interface ConsistencyAnswer {
  readonly from: LogCheckpoint;
  readonly to: LogCheckpoint;
  /** Lower-case hexadecimal; empty for equal sizes. Keep them to show it again. */
  readonly hashes: readonly string[];
  /** Alarms that did not stop the proof: `stale-replica`. */
  readonly alarms: readonly RekorError[];
}

/** Bounds of a scan. */
export interface ScanOptions extends RekorCallOptions {
  /** A checkpoint to read under, from `checkpoint()`. Default: the log's current checkpoint. */
  readonly under?: LogCheckpoint;
  /** How many requests the scan may be ahead of its reader. Default 2: memory stays flat. */
  readonly ahead?: number;
}

/**
 * A client of one Rekor log. Every answer is checked against the question and the trusted keys; a check that fails is an alarm
 * (`isLogAlarm(error)`) with evidence that can be verified again offline.
 */
export interface Rekor {
  readonly url: string;
  /** 1 or 2. @throws RekorError `not-a-log`, or why the log could not be read */
  version(call?: RekorCallOptions): Promise<1 | 2>;
  /** One entry. v2 has no lookup by UUID. @throws RekorError `not-found`, `unsupported`, an alarm, or why the log could not be read */
  entry(question: EntryQuestion, call?: RekorCallOptions): Promise<RekorEntry>;
  /** Many entries, ten in a request, matched to the questions. @throws RekorError when the log could not be read */
  entries(questions: readonly EntriesQuestion[], call?: RekorCallOptions): Promise<EntriesAnswer>;
  /**
   * UUIDs from the log's index: leads, not facts. The index is not part of the tree and may be incomplete.
   * @throws RekorError `not-enabled`, `unsupported` (v2 has no index), `bad-request`, or why the log could not be read
   */
  search(query: SearchQuery, call?: RekorCallOptions): Promise<SearchAnswer>;
  /** The log's trees. @throws RekorError an alarm, or why the log could not be read */
  logInfo(call?: RekorCallOptions): Promise<RekorLogInfo>;
  /** The signed size and root of the active tree, or of a named tree. @throws RekorError as `logInfo` */
  checkpoint(tree?: { readonly treeId?: string }, call?: RekorCallOptions): Promise<LogCheckpoint>;
  /**
   * Proves that the tree of `from` grew into that of `to` (default: the current checkpoint of the same tree). `from` is a note you
   * kept; both signatures are checked. A smaller tree raises an alarm only after two more requests.
   *
   * @throws RekorError `fork`, `rollback`, `wrong-tree`, another alarm, `invalid-proof` from an empty tree, or why the log could not be read
   */
  consistency(
    from: string | LogCheckpoint,
    to?: string | LogCheckpoint,
    call?: RekorCallOptions,
  ): Promise<ConsistencyAnswer>;
  /**
   * Every entry from one global index up to, not including, another, in order; each one proven or the scan ends with an alarm.
   * v1: batches of ten; v2: tile by tile.
   *
   * @throws RekorError `entry-dropped`, `tile-mismatch`, another alarm, or why the log could not be read
   */
  scan(from: number | bigint, to?: number | bigint, options?: ScanOptions): AsyncIterable<ScannedEntry>;
  /** The key as the log serves it: to compare, never to trust. v1 only. */
  advertisedKey(tree?: { readonly treeId?: string }, call?: RekorCallOptions): Promise<AdvertisedKey>;
  /** Closes the connections. Calls in flight fail. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A key as the log serves it: unverified. */
export interface AdvertisedKey {
  readonly pem: string;
  /** Whether it is one of the trusted keys. */
  readonly isTrusted: boolean;
}
