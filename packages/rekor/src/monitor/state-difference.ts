import { counted } from '@sigtrail/encoding';
import type { RekorLogInfo } from '../client/rekor.ts';
import { parseCheckpoint } from '../note/checkpoint.ts';
import { type Difference, shownBy } from './log-difference.ts';
import type { LogState, SeenLog } from './watch-state.ts';

/** How the state of a log differs from what its runs have seen: an emptied part must not pass for a first run. */
export function differenceOfState(
  url: string,
  log: LogState | undefined,
  seen: SeenLog | undefined,
  info: RekorLogInfo,
): Difference | undefined {
  if (seen === undefined) return undefined;
  const trees = log?.trees.length ?? 0;
  if (trees < seen.trees)
    return lost(
      `the watch state has seen ${counted(seen.trees, 'tree')} of the log at ${url}, and holds ${String(trees)} of them`,
      'trees',
      info,
    );
  const entries = Object.keys(log?.known ?? {}).length;
  if (entries < seen.entries)
    return lost(
      `the watch state has told of ${counted(seen.entries, 'entry', 'entries')} of the log at ${url}, and holds ${String(entries)} of them`,
      'entries',
      info,
    );
  return seen.scanned && log?.cursor === undefined
    ? lost(`the watch state has scanned the log at ${url}, and does not say how far`, 'cursor', info)
    : undefined;
}

/** A scan never gets further than the trees that the state has proven before: a place beyond them would leave entries unread. */
export function differenceOfCursor(url: string, log: LogState, info: RekorLogInfo): Difference | undefined {
  const newest = log.trees.at(-1);
  if (log.cursor === undefined || newest === undefined) return undefined;
  const shard = [...info.inactive, info.active].find(({ checkpoint }) => checkpoint.origin === newest.origin);
  if (shard === undefined) return undefined;
  const end = BigInt(shard.offset) + parseCheckpoint(newest.checkpoint).size;
  return BigInt(log.cursor) > end
    ? lost(
        `the watch state has scanned the log at ${url} up to ${log.cursor}, and has proven it only up to ${String(end)}`,
        `cursor ${log.cursor}`,
        info,
      )
    : undefined;
}

function lost(message: string, what: string, info: RekorLogInfo): Difference {
  const advice = 'restore the state from a backup, or acknowledge the loss and say from where to scan';
  return {
    code: 'state-incomplete',
    message: `${message}: ${advice}`,
    shown: [what, ...shownBy(info)],
    maybeStale: false,
  };
}
