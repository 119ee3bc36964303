import type { Asker } from '../client/ask.ts';
import { alarm } from '../note/check-checkpoint.ts';
import { checkEntry, entryAlarm } from './check-entry.ts';
import type { EntryContext } from './check-entry.ts';
import type { RekorEntry } from '../entry/entry.ts';
import { isLogAlarm } from '../error.ts';
import type { RekorError } from '../error.ts';
import { requireAnswer } from '../entry/log-entry.ts';
import type { EntryQuestion, LogEntry } from '../entry/log-entry.ts';
import { shardOffsets, signedEnd } from '../client/log-shards.ts';
import type { EntryTrust } from './prove-entry.ts';
import type { RekorCallOptions, RekorLogInfo } from '../client/rekor.ts';

/** What the calls of a v1 client share. */
export interface V1Context {
  readonly asker: Asker;
  readonly trust: EntryTrust;
  /** The log's trees as they were last seen; asked for once, and again when an entry is of an unknown tree or lies beyond their end. */
  shards(call: RekorCallOptions, again?: boolean): Promise<RekorLogInfo | undefined>;
}

/** Compares a served entry with the question and proves it. */
export async function checkAnswer(
  context: V1Context,
  entry: LogEntry,
  question: EntryQuestion | undefined,
  asked: string,
  info: RekorLogInfo | undefined,
  call: RekorCallOptions,
): Promise<RekorEntry> {
  const place: EntryContext = { url: context.asker.url, version: 1, asked };
  const trust = withShards(context.trust, info);
  try {
    requireAnswer(entry, question);
  } catch (error) {
    if (!isLogAlarm(error)) throw error;
    const { expected, actual } = error;
    throw entryAlarm(error.code, error.message, entry, trust, place, {
      ...(expected === undefined ? {} : { expected }),
      ...(actual === undefined ? {} : { actual }),
    });
  }
  try {
    return checkEntry(entry, trust, place);
  } catch (error) {
    if (info === undefined || !isLogAlarm(error) || (error.code !== 'wrong-tree' && error.code !== 'index-mismatch'))
      throw error;
    // The log may have opened a new shard since its trees were last read.
    return checkEntry(entry, withShards(context.trust, await context.shards(call, true)), place);
  }
}

function withShards(trust: EntryTrust, info: RekorLogInfo | undefined): EntryTrust {
  return info === undefined ? trust : { ...trust, shards: shardOffsets(info) };
}

/** An entry that the log signed to have, and doesn't serve. */
export function droppedEntry(url: string, logIndex: number, info: RekorLogInfo): RekorError {
  const shard = [info.active, ...info.inactive.toReversed()].find(({ offset }) => offset <= logIndex) ?? info.active;
  return alarm('entry-dropped', `the log signed a size above entry ${String(logIndex)}, and does not serve the entry`, {
    url,
    asked: `logIndex ${String(logIndex)}`,
    checkpoints: [shard.checkpoint.note],
    shards: shardOffsets(info),
    expected: `an entry below ${String(signedEnd(info))}`,
    actual: 'not found',
  });
}
