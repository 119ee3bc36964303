import { counted } from '@sigtrail/encoding';
import { parseCheckpoint } from '../note/checkpoint.ts';
import { isLogAlarm, RekorError } from '../error.ts';
import type { LogCheckpoint, Rekor, RekorCallOptions, RekorLogInfo, RekorShard } from '../client/rekor.ts';
import { alarmEvent, noticeEvent } from './events.ts';
import { differenceNow, type KnownLogs, knownLog } from './known-log.ts';
import { changeAlarm, type Difference, logName } from './log-difference.ts';
import type { LogState, TreeState } from './watch-state.ts';
import type { NewEvent } from './watch-event.ts';

/** The result of a look at a log's trees. */
export interface Heads {
  readonly name: string;
  readonly info: RekorLogInfo;
  readonly log: LogState;
  /** The log was taken anew, because its change was acknowledged. */
  readonly isAnew: boolean;
  readonly events: readonly NewEvent[];
  /** The newest checkpoint of the active tree that is proven to continue what was stored. */
  readonly head: LogCheckpoint;
  /** Alarms after which nothing of this log is believed in this run. */
  readonly alarms: readonly RekorError[];
}

const HISTORY = 100;

/**
 * Reads a log's trees and proves that each continues what was stored of it: the old tree to its very end before a new tree counts. Stored state is
 * replaced only by a state that is proven to continue it. Stored state is found by address and key: a log with
 * another name or key, or without a known tree, raises an alarm until it is acknowledged.
 *
 * @throws RekorError when the log could not be read, or an alarm about its answer
 */
export async function watchHeads(rekor: Rekor, known: KnownLogs, at: string, call: RekorCallOptions): Promise<Heads> {
  const { url } = rekor;
  const { info, difference, events } = await lookAtTrees(rekor, known, call);
  const { log: before, change, isNew, isAnew } = knownLog(url, known, info, difference, at);
  const name = logName(info.active.checkpoint);
  const about = { name, url };
  // Reported when it is first seen, and counted in every run until it is acknowledged.
  for (const standing of before.changes) {
    const alarm = changeAlarm(url, standing, before.trees, info);
    const { evidence, ...told } = { ...alarmEvent(about, alarm), id: standing.id, standing: true as const };
    events.push(isNew && standing === change && evidence !== undefined ? { ...told, evidence } : told);
  }
  if (change !== undefined)
    return {
      name,
      info,
      log: before,
      isAnew,
      head: info.active.checkpoint,
      events,
      alarms: [changeAlarm(url, change, before.trees, info)],
    };
  const alarms: RekorError[] = [];
  const shards = [...info.inactive, info.active];
  const trees: TreeState[] = [];
  let { checkpoint: newest } = info.active;
  for (const tree of before.trees) {
    try {
      const shard = shards.find(({ checkpoint }) => checkpoint.origin === tree.origin);
      const head = await proveContinued(rekor, tree, shard, call);
      for (const alarm of head.alarms) if (isLogAlarm(alarm)) events.push(alarmEvent(about, alarm));
      const isActive = tree.origin === info.active.checkpoint.origin;
      if (isActive) newest = head.to;
      if (tree.status === 'inactive' && sizeOf(tree) !== head.to.size)
        events.push(
          noticeEvent(
            about,
            'inactive-tree-changed',
            `the closed tree ${tree.origin} grew from ${String(sizeOf(tree))} to ${counted(head.to.size, 'entry', 'entries')}`,
          ),
        );
      trees.push(advance(tree, head.to, isActive ? 'active' : 'inactive', at));
    } catch (error) {
      if (!isLogAlarm(error)) throw error;
      alarms.push(error);
      events.push(alarmEvent(about, error));
      trees.push(tree);
    }
  }
  const proven = new Set(trees.map(({ origin }) => origin));
  // After an alarm, new entries come from a log that can't be believed: they are read again once the alarm is gone.
  if (alarms.length === 0)
    for (const shard of shards.filter(({ checkpoint }) => !proven.has(checkpoint.origin))) {
      events.push(openingNotice(about, shard, before, shard === info.active, at));
      trees.push(newTree(shard, shard === info.active ? 'active' : 'inactive', at));
    }
  if (info.active.checkpoint.frozen)
    events.push(
      noticeEvent(about, 'log-frozen', `${name} is frozen at ${String(info.active.checkpoint.size)} entries`),
    );
  const log: LogState = { ...before, name: alarms.length === 0 ? name : before.name, trees };
  return { name, info, log, isAnew, head: newest, events, alarms };
}

// A replica may be behind: ask again before a tree counts as gone.
const LOOKS = 3;

async function lookAtTrees(
  rekor: Rekor,
  known: KnownLogs,
  call: RekorCallOptions,
): Promise<{ readonly info: RekorLogInfo; readonly difference: Difference | undefined; readonly events: NewEvent[] }> {
  const { url } = rekor;
  const events: NewEvent[] = [];
  let info = await rekor.logInfo(call);
  let difference = differenceNow(url, known, info);
  for (let look = 1; look < LOOKS && difference?.maybeStale === true; look += 1) {
    const { message } = difference;
    info = await rekor.logInfo(call);
    difference = differenceNow(url, known, info);
    if (difference === undefined) {
      const stale = new RekorError('stale-replica', `${message}; asked again, the log shows it`);
      if (isLogAlarm(stale)) events.push(alarmEvent({ name: logName(info.active.checkpoint), url }, stale));
    }
  }
  return { info, difference, events };
}

interface Continued {
  readonly to: LogCheckpoint;
  readonly alarms: readonly RekorError[];
}

async function proveContinued(
  rekor: Rekor,
  tree: TreeState,
  shard: RekorShard | undefined,
  call: RekorCallOptions,
): Promise<Continued> {
  const known = parseCheckpoint(tree.checkpoint);
  // A closed tree never changes: no need to ask.
  if (shard !== undefined && tree.status === 'inactive' && isSame(known, shard.checkpoint))
    return { to: shard.checkpoint, alarms: [] };
  // Every tree begins with the empty one.
  if (known.size === 0n && shard !== undefined) return { to: shard.checkpoint, alarms: [] };
  // What was served must continue what is stored; a smaller tree counts as a rollback only after another request.
  const isSmaller = shard === undefined || shard.checkpoint.size < known.size;
  return rekor.consistency(tree.checkpoint, isSmaller ? undefined : shard.checkpoint, call);
}

function isSame(known: ReturnType<typeof parseCheckpoint>, { checkpoint }: LogCheckpoint): boolean {
  return known.size === checkpoint.size && Buffer.from(known.rootHash).equals(checkpoint.rootHash);
}

function openingNotice(
  about: { readonly name: string; readonly url: string },
  shard: RekorShard,
  { trees }: LogState,
  isActive: boolean,
  at: string,
): NewEvent {
  const { origin, size } = shard.checkpoint;
  return trees.length === 0 || !isActive
    ? noticeEvent(
        about,
        'first-use',
        `${origin} is watched from ${String(size)} entries on, since ${at}; earlier entries rest on the log's word`,
      )
    : noticeEvent(
        about,
        'shard-rollover',
        `${about.name} opened the tree ${origin}; earlier trees are proven to their end`,
      );
}

function newTree({ treeId, checkpoint }: RekorShard, status: TreeState['status'], at: string): TreeState {
  return {
    origin: checkpoint.origin,
    ...(treeId === undefined ? {} : { treeId }),
    ...(checkpoint.signedBy === undefined ? {} : { key: checkpoint.signedBy }),
    status,
    checkpoint: checkpoint.note,
    history: [],
    at,
  };
}

/** Signatures differ from answer to answer, so a note counts as new only when its tree is new. */
function advance(
  tree: TreeState,
  { note, size, signedBy }: LogCheckpoint,
  status: TreeState['status'],
  at: string,
): TreeState {
  const known = { ...tree, ...(signedBy === undefined ? {} : { key: signedBy }), status };
  if (size === sizeOf(tree)) return known;
  const history = [{ checkpoint: tree.checkpoint, at: tree.at }, ...tree.history].slice(0, HISTORY);
  return { ...known, checkpoint: note, history, at };
}

function sizeOf(tree: TreeState): bigint {
  return parseCheckpoint(tree.checkpoint).size;
}
