import { encodeHex, requireBytes } from '@sigtrail/encoding';
import { readJson } from '../entry/json-reader.ts';
import type { JsonReader } from '../entry/json-reader.ts';
import { parseAnswer } from '../entry/log-entry.ts';

/** One tree of a log. Unverified: check the checkpoint's signature and compare it with the other fields. */
export interface LogShard {
  /** Decimal. */
  readonly treeId: string;
  /** 0 for a shard that was just opened. */
  readonly treeSize: number;
  /** Lower-case hexadecimal. */
  readonly rootHash: string;
  /** Signed note: pass it to `parseCheckpoint`. */
  readonly checkpoint: string;
}

/** The active tree of a log and those it filled before, oldest first. Unverified. */
export interface LogInfo extends LogShard {
  readonly inactiveShards: readonly LogShard[];
}

const MAX_SHARDS = 1000;

/**
 * Reads the answer of `GET /api/v1/log`.
 *
 * @throws RekorError `invalid-response`
 */
export function parseLogInfo(json: Uint8Array): LogInfo {
  requireBytes(json, 'parseLogInfo', 'json');
  const info = readJson(parseAnswer(json), 'invalid-response');
  const shards = info.optional('inactiveShards');
  // Go writes an empty list as null.
  const isEmpty = shards === undefined || shards.isNull() || shards.isEmptyArray();
  return { ...readShard(info), inactiveShards: isEmpty ? [] : shards.elements(MAX_SHARDS).map(readShard) };
}

function readShard(shard: JsonReader): LogShard {
  const treeId = shard.member('treeID');
  if (!/^[1-9][0-9]{0,18}$/.test(treeId.text())) throw treeId.refuse('a decimal tree id');
  return {
    treeId: treeId.text(),
    treeSize: shard.member('treeSize').count(),
    rootHash: encodeHex(shard.member('rootHash').hex(32)),
    checkpoint: shard.member('signedTreeHead').text(),
  };
}
