import type { RekorLogInfo } from '../client/rekor.ts';
import type { LogChange } from './log-change.ts';
import { changeOf, type Difference, differenceOf, differenceOfStranger, logName } from './log-difference.ts';
import { differenceOfCursor, differenceOfState } from './state-difference.ts';
import type { LogState, WatchState } from './watch-state.ts';

/** What a store knows of logs, and what the trusted root says of this one. */
export interface KnownLogs {
  readonly state: WatchState;
  /** Since when the log's key is in use. */
  readonly startedAt: Date | undefined;
}

/** What is known of one log, compared with what it shows now. */
export interface KnownLog {
  /** What the log has to continue; without trees at its first use. */
  readonly log: LogState;
  /** The log is not the known log, and the change is not acknowledged: nothing it says counts. */
  readonly change?: LogChange;
  /** `change` is seen for the first time. */
  readonly isNew: boolean;
  /** A change was acknowledged, and the log is taken as it is now. */
  readonly isAnew: boolean;
}

// A log that changes in every run must not fill the store.
const MAX_CHANGES = 100;

/**
 * How a log differs from what is known under its address, or of its key under another address. A log that the state has never heard of differs
 * too: only the first run takes logs on sight, and later a log that the trusted root dates after that run, which can't have a past that is hidden.
 */
export function differenceNow(url: string, known: KnownLogs, info: RekorLogInfo): Difference | undefined {
  const { state, startedAt } = known;
  const before = stateOf(url, known, info);
  const seen = Object.hasOwn(state.seen, url) ? state.seen[url] : undefined;
  const lost = differenceOfState(url, before, seen, info);
  if (lost !== undefined) return lost;
  if (before !== undefined && before.trees.length > 0)
    return differenceOf(url, before.trees, info) ?? differenceOfCursor(url, before, info);
  const isYounger = startedAt !== undefined && startedAt.getTime() > Date.parse(state.since);
  return seen !== undefined || isYounger ? undefined : differenceOfStranger(url, Object.keys(state.seen), info);
}

/** Applies a difference: an alarm that stands, a new alarm, or an acknowledged alarm, after which the log is learned anew. */
export function knownLog(
  url: string,
  known: KnownLogs,
  info: RekorLogInfo,
  difference: Difference | undefined,
  at: string,
): KnownLog {
  const before = stateOf(url, known, info);
  const log: LogState = before ?? {
    url,
    name: logName(info.active.checkpoint),
    trees: [],
    known: {},
    searched: [],
    changes: [],
  };
  if (difference === undefined)
    return {
      log: { ...log, changes: log.changes.filter(({ acknowledged }) => acknowledged === undefined) },
      isNew: false,
      isAnew: false,
    };
  const change = log.changes.find(({ shown }) => isSame(shown, difference.shown));
  if (change?.acknowledged !== undefined) return { log: takenAnew(log, change, info), isNew: false, isAnew: true };
  if (change !== undefined) return { log, change, isNew: false, isAnew: false };
  const fresh = log.changes.length < MAX_CHANGES ? changeOf(url, difference, at) : log.changes[0];
  if (fresh === undefined || log.changes.includes(fresh))
    return { log, ...(fresh && { change: fresh }), isNew: false, isAnew: false };
  return { log: { ...log, changes: [...log.changes, fresh] }, change: fresh, isNew: true, isAnew: false };
}

/** Only by address or key: a log chooses its own name. */
function stateOf(url: string, { state: { logs } }: KnownLogs, { active }: RekorLogInfo): LogState | undefined {
  if (Object.hasOwn(logs, url)) return logs[url];
  const key = active.checkpoint.signedBy;
  const moved = Object.values(logs).find(({ trees }) => key !== undefined && trees.some((tree) => tree.key === key));
  return moved === undefined ? undefined : { ...moved, url, changes: [] };
}

/** Unchanged trees must still continue; the others are forgotten, and their replacements are seen for the first time. */
function takenAnew(log: LogState, { id }: LogChange, info: RekorLogInfo): LogState {
  const shards = [...info.inactive, info.active];
  const trees = log.trees.filter((tree, index) => {
    const shard = shards[index];
    return shard?.checkpoint.origin === tree.origin && shard.checkpoint.signedBy === tree.key;
  });
  const known = Object.entries(log.known).filter(([, { origin }]) => trees.some((tree) => tree.origin === origin));
  return {
    url: log.url,
    name: logName(info.active.checkpoint),
    trees,
    known: Object.fromEntries(known),
    searched: trees.length === 0 ? [] : log.searched,
    changes: log.changes.filter((change) => change.id !== id),
  };
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((one, index) => one === b[index]);
}
