import type { AlarmCode } from '../alarm-code.ts';
import type { LogEntryBody } from './entry-body.ts';
import type { LogEntry } from './log-entry.ts';

/**
 * How far a value can be believed:
 *
 * - `proven`: follows from hashes that a trusted key signed; the log could not tell someone else otherwise without being caught.
 * - `asserted`: a trusted log signed it, and only that signature stands behind it (the time in a SET).
 * - `unproven`: the server said it, without a signature.
 */
export type Provenance = 'proven' | 'asserted' | 'unproven';

/** The provenance of each value that an entry has. */
export interface EntryProvenance {
  /** The body, and with it `uuid` (its leaf hash) and `contents`. */
  readonly body: Provenance;
  /** The global index: proven when the shard's offset was checked too. */
  readonly logIndex: Provenance;
  readonly treeIndex?: Provenance;
  readonly treeId?: Provenance;
  readonly integratedTime?: Provenance;
  /** Proven when its digest is in a proven body. */
  readonly attestation?: Provenance;
}

/** Which check of an entry. */
export type EntryCheckName =
  | 'log-key'
  | 'leaf'
  | 'checkpoint'
  | 'inclusion'
  | 'set'
  | 'tree'
  | 'shard-offset'
  | 'attestation'
  | 'witnesses';

/** The result of one check of an entry. */
export interface EntryCheck {
  readonly check: EntryCheckName;
  readonly status: 'passed' | 'failed' | 'skipped';
  /** Of a failed or skipped check. An open set: new codes are additions. */
  readonly code?: AlarmCode | 'invalid-checkpoint' | 'no-trusted-key' | 'not-there' | 'shards-unknown' | (string & {});
  readonly message: string;
  readonly expected?: string;
  readonly actual?: string;
}

/** Where an entry is. */
export interface EntryPlace {
  /** Address that was asked. */
  readonly url: string;
  readonly version: 1 | 2;
  /** Of the checkpoint: `<host> - <treeID>` in v1, `<host>` in v2. */
  readonly origin?: string;
  /** Decimal; v1 only. */
  readonly treeId?: string;
}

/**
 * An entry with what is known about each of its values. All of it was checked as far as `provenance` and `checks` say;
 * an entry that fails a check never gets here: that is an alarm, thrown as `RekorError`.
 */
export interface RekorEntry extends LogEntry {
  readonly place: EntryPlace;
  /** The body, read. A malformed one of a known kind is `{ kind: 'unknown', problem }`: shown, and never compared with anything. */
  readonly contents: LogEntryBody;
  readonly provenance: EntryProvenance;
  readonly checks: readonly EntryCheck[];
  /** Witnesses whose cosignature on the entry's checkpoint holds under a key that was given, by name. */
  readonly witnesses: readonly string[];
  /** The entry's page on search.sigstore.dev; only for entries of rekor.sigstore.dev. */
  readonly searchUrl?: string;
}

/** An entry that a scan went past: light, since there may be a million of them. Read it with `parseEntryBody(entry.body)`. */
export interface ScannedEntry {
  /** Global index. */
  readonly logIndex: number;
  readonly treeIndex: number;
  readonly body: Uint8Array;
  readonly leafHash: Uint8Array;
  /** v1: seconds since 1970. */
  readonly integratedTime?: number;
  /** `proven`: under the signed root of the scan (v2), or by the entry's own proof (v1). */
  readonly provenance: Provenance;
  /** v1: the whole entry with its proofs. */
  readonly entry?: RekorEntry;
}
