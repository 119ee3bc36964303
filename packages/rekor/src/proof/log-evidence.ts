import type { AlarmCode } from '../alarm-code.ts';
import type { TransparencyLogEntryJson } from '../entry/transparency-log-entry-json.ts';

/** What the log said when it misbehaved, as plain JSON: save it, and check it again with `verifyEvidence`, with no log at hand. */
export interface LogEvidence {
  readonly schemaVersion: 1;
  readonly code: AlarmCode;
  readonly message: string;
  /** Address that was asked. */
  readonly url: string;
  /** What was asked for, in words a person reads: `logIndex 12`, `uuid …`, `treeId …`. */
  readonly asked?: string;
  /** Signed notes: the one that was known first, then the one that contradicts it. */
  readonly checkpoints: readonly string[];
  /** The consistency proof the log gave, if it gave one: lower-case hexadecimal. */
  readonly hashes?: readonly string[];
  /** The entry as served, with the UUID it was served under. */
  readonly entry?: { readonly uuid: string; readonly entry: TransparencyLogEntryJson };
  /** Of a fork that two proofs show: both entries. */
  readonly entries?: readonly { readonly uuid: string; readonly entry: TransparencyLogEntryJson }[];
  /** The log's trees at that time. */
  readonly shards?: readonly { readonly treeId: string; readonly offset: number }[];
  /** Tiles and entry bundles by path, base64. */
  readonly files?: Readonly<Record<string, string>>;
}
