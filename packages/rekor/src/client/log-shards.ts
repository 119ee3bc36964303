import { alarm, checkCheckpoint } from '../note/check-checkpoint.ts';
import { RekorError } from '../error.ts';
import type { LogInfo, LogShard } from './log-info.ts';
import type { EntryTrust, ShardOffset } from '../proof/prove-entry.ts';
import type { LogCheckpoint, RekorLogInfo, RekorShard } from './rekor.ts';

/**
 * Checks the trees of a Rekor v1: each checkpoint's signature and tree, and that size and root beside it are its own. Offsets are the
 * sums of the *signed* sizes of the earlier trees.
 *
 * @throws RekorError an alarm, `invalid-checkpoint`, `invalid-response`
 */
export function checkLogInfo(info: LogInfo, trust: EntryTrust, url: string): RekorLogInfo {
  const shards: RekorShard[] = [];
  let offset = 0n;
  for (const shard of [...info.inactiveShards, info]) {
    const checkpoint = checkShard(shard, trust, url);
    if (shards.some(({ treeId }) => treeId === shard.treeId))
      throw new RekorError('invalid-response', `the log names tree ${shard.treeId} twice`);
    shards.push({ treeId: shard.treeId, offset: safe(offset), checkpoint });
    offset += checkpoint.size;
  }
  const active = shards.pop();
  if (active === undefined) throw new RekorError('invalid-response', 'the log’s description of itself names no tree');
  return { version: 1, active, inactive: shards };
}

function checkShard(shard: LogShard, trust: EntryTrust, url: string): LogCheckpoint {
  const checkpoint = checkCheckpoint(shard.checkpoint, trust, { url, treeId: shard.treeId });
  const expected = `size ${String(checkpoint.size)}, root ${checkpoint.rootHash}`;
  const actual = `size ${String(shard.treeSize)}, root ${shard.rootHash}`;
  if (expected !== actual) {
    throw alarm('checkpoint-mismatch', `the log states ${actual} beside a checkpoint that it signed for ${expected}`, {
      url,
      asked: actual,
      checkpoints: [shard.checkpoint],
      expected,
      actual,
    });
  }
  return checkpoint;
}

function safe(offset: bigint): number {
  if (offset > BigInt(Number.MAX_SAFE_INTEGER))
    throw new RekorError(
      'invalid-response',
      `the log’s trees have ${String(offset)} entries together; this client reads logs of up to 2^53-1`,
    );
  return Number(offset);
}

/** The offsets alone, oldest first, as `proveEntry` takes them. */
export function shardOffsets({ active, inactive }: RekorLogInfo): readonly ShardOffset[] {
  return [...inactive, active].flatMap(({ treeId, offset }) => (treeId === undefined ? [] : [{ treeId, offset }]));
}

/** One past the last global index that the log signed. */
export function signedEnd({ active }: RekorLogInfo): number {
  return safe(BigInt(active.offset) + active.checkpoint.size);
}
