import { parseCheckpoint } from '../note/checkpoint.ts';
import { isLogAlarm, type RekorError } from '../error.ts';
import type { LogCheckpoint, Rekor, RekorCallOptions, RekorLogInfo, RekorShard } from '../client/rekor.ts';
import { alarmEvent, noticeEvent } from './events.ts';
import type { LogState, TreeState } from './watch-state.ts';
import type { NewEvent } from './watch-event.ts';

/** What a look at a log's trees gave. */
export interface Heads {
  readonly name: string;
  readonly info: RekorLogInfo;
  readonly log: LogState;
  readonly events: readonly NewEvent[];
  /** The newest checkpoint of the active tree that is proven to continue what was stored. */
  readonly head: LogCheckpoint;
  /** Alarms that leave nothing of this log to be believed in this run. */
  readonly alarms: readonly RekorError[];
}

const HISTORY = 100;

/**
 * Reads a log's trees and proves that each continues what was stored of it: the old tree to its very end before a new one counts. Nothing that is
 * stored is replaced by anything that is not proven to continue it.
 *
 * @throws RekorError when the log could not be read, or an alarm about its answer
 */
export async function watchHeads(
  rekor: Rekor,
  stored: (name: string) => LogState | undefined,
  at: string,
  call: RekorCallOptions,
): Promise<Heads> {
  const info = await rekor.logInfo(call);
  const name = logName(info.active.checkpoint);
  const about = { name, url: rekor.url };
  const before = stored(name);
  const events: NewEvent[] = [];
  const alarms: RekorError[] = [];
  const shards = [...info.inactive, info.active];
  const trees: TreeState[] = [];
  let { checkpoint: newest } = info.active;
  for (const tree of before?.trees ?? []) {
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
            `the closed tree ${tree.origin} grew from ${String(sizeOf(tree))} to ${String(head.to.size)} entries`,
          ),
        );
      trees.push(advance(tree, head.to.note, isActive ? 'active' : 'inactive', at));
    } catch (error) {
      if (!isLogAlarm(error)) throw error;
      alarms.push(error);
      events.push(alarmEvent(about, error));
      trees.push(tree);
    }
  }
  const known = new Set(trees.map(({ origin }) => origin));
  // With an alarm raised, what is new is of a log that can't be believed: it is looked at again when the alarm is gone.
  if (alarms.length === 0)
    for (const shard of shards.filter(({ checkpoint }) => !known.has(checkpoint.origin))) {
      events.push(openingNotice(about, shard, before, shard === info.active));
      trees.push(newTree(shard, shard === info.active ? 'active' : 'inactive', at));
    }
  if (info.active.checkpoint.frozen)
    events.push(
      noticeEvent(about, 'log-frozen', `${name} is frozen at ${String(info.active.checkpoint.size)} entries`),
    );
  const log: LogState = { known: {}, searched: [], ...before, url: rekor.url, trees };
  return { name, info, log, head: newest, events, alarms };
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
  // A closed tree says the same thing every time: no need to ask.
  if (shard !== undefined && tree.status === 'inactive' && isSame(known, shard.checkpoint))
    return { to: shard.checkpoint, alarms: [] };
  // Every tree begins with the empty one.
  if (known.size === 0n && shard !== undefined) return { to: shard.checkpoint, alarms: [] };
  // What was served must continue what is stored; a smaller tree is asked for again, before anybody calls it a rollback.
  const isSmaller = shard === undefined || shard.checkpoint.size < known.size;
  return rekor.consistency(tree.checkpoint, isSmaller ? undefined : shard.checkpoint, call);
}

function isSame(known: ReturnType<typeof parseCheckpoint>, { checkpoint }: LogCheckpoint): boolean {
  return known.size === checkpoint.size && Buffer.from(known.rootHash).equals(checkpoint.rootHash);
}

function openingNotice(
  about: { readonly name: string; readonly url: string },
  shard: RekorShard,
  before: LogState | undefined,
  isActive: boolean,
): NewEvent {
  const { origin, size } = shard.checkpoint;
  return before === undefined || !isActive
    ? noticeEvent(
        about,
        'first-use',
        `${origin} is watched from ${String(size)} entries on; what was before is its own word`,
      )
    : noticeEvent(
        about,
        'shard-rollover',
        `${about.name} opened the tree ${origin}; those before are proven to their end`,
      );
}

function newTree({ treeId, checkpoint }: RekorShard, status: TreeState['status'], at: string): TreeState {
  return {
    origin: checkpoint.origin,
    ...(treeId === undefined ? {} : { treeId }),
    status,
    checkpoint: checkpoint.note,
    history: [],
    at,
  };
}

/** Signatures differ from answer to answer, so a note counts as new only when its tree is. */
function advance(tree: TreeState, note: string, status: TreeState['status'], at: string): TreeState {
  if (parseCheckpoint(note).size === sizeOf(tree)) return { ...tree, status };
  const history = [{ checkpoint: tree.checkpoint, at: tree.at }, ...tree.history].slice(0, HISTORY);
  return { ...tree, status, checkpoint: note, history, at };
}

function sizeOf(tree: TreeState): bigint {
  return parseCheckpoint(tree.checkpoint).size;
}

/** The name of a log in its checkpoints: what stays when a tree is full. */
export function logName({ origin, treeId }: LogCheckpoint): string {
  return treeId === undefined ? origin : origin.replace(/ - [0-9]+$/, '');
}
