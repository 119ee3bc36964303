import { counted } from '@sigtrail/encoding';
import { parseCheckpoint } from '../note/checkpoint.ts';
import type { RekorEntry } from '../entry/entry.ts';
import { isLogAlarm, isRekorError, RekorError } from '../error.ts';
import type { Rekor, RekorCallOptions } from '../client/rekor.ts';
import { alarmEvent, noticeEvent } from './events.ts';
import { historyCheck } from './history-check.ts';
import type { WatchProblem } from './journal.ts';
import { type Match, matchEntry } from './match-entry.ts';
import type { WatchSettings } from './settings.ts';
import type { Heads } from './watch-heads.ts';
import type { KnownEntry, LogState } from './watch-state.ts';
import type { NewEvent } from './watch-event.ts';
import type { Target } from './watch-targets.ts';
import { entryEvent, kindOf } from './watched-entry.ts';

/** What a search of a log gave. */
export interface Found {
  readonly log: LogState;
  readonly events: readonly NewEvent[];
  readonly problems: readonly WatchProblem[];
}

/**
 * Asks a v1 log's index for all that is watched, and proves what it leads to. The index is unsigned: each entry is fetched, proven to be in
 * the tree, and its checkpoint proven to be of one history with what is stored. Entries that were reported before must still be there.
 */
export async function findByIndex(
  rekor: Rekor,
  heads: Heads,
  settings: WatchSettings,
  call: RekorCallOptions,
): Promise<Found> {
  const { leads, problems } = await searchAll(rekor, settings.targets, call);
  const { known } = heads.log;
  const news = [...leads.keys()].filter((uuid) => known[uuid] === undefined);
  const fresh = news.slice(0, settings.maxEntriesPerRun);
  if (news.length > fresh.length)
    problems.push({
      code: 'search-unfinished',
      message: `${counted(news.length - fresh.length, 'entry is', 'entries are')} left for the next run`,
      where: rekor.url,
    });
  const answer = await rekor.entries(
    fresh.map((uuid) => ({ uuid })),
    call,
  );
  const about = { name: heads.name, url: rekor.url };
  const events: NewEvent[] = [];
  for (const { error } of answer.refused) {
    if (isLogAlarm(error)) events.push(alarmEvent(about, error));
    else problems.push({ code: error.code, message: error.message, where: rekor.url });
  }
  for (const question of answer.missing)
    problems.push({
      code: 'lead-missing',
      message: `the index names ${'uuid' in question ? question.uuid : 'an entry'}, and the log does not serve it`,
      where: rekor.url,
    });
  const added: Record<string, KnownEntry> = {};
  const isOfOneHistory = historyCheck(rekor, heads.log.trees, call);
  for (const entry of answer.entries) {
    const led = leads.get(entry.uuid) ?? leads.get(entry.uuid.slice(-64)) ?? [];
    const match = await matchEntry(entry.body, led, settings.targets, settings, call);
    // An unreadable entry that the index led to belongs to the targets that were searched for: `led` names them.
    if (match === undefined || match.matchedBy.length === 0) continue;
    try {
      const event = await proveFind(about, entry, match, heads.log, isOfOneHistory);
      if (event === undefined)
        problems.push({ code: 'unproven', message: `entry ${entry.uuid} could not be proven`, where: rekor.url });
      else {
        events.push(event);
        added[entry.uuid] = { logIndex: entry.logIndex, origin: event.entry.origin, targets: event.matchedBy };
      }
    } catch (error) {
      if (isLogAlarm(error)) events.push(alarmEvent(about, error));
      else if (isRekorError(error)) problems.push({ code: error.code, message: error.message, where: rekor.url });
      else throw error;
    }
  }
  // An index that was asked for only a part says nothing about what it leaves out.
  const gone = problems.length === 0 ? await findGone(rekor, heads, leads, settings.targets, call) : [];
  const searched = problems.length === 0 ? settings.targets.map(({ name }) => name) : heads.log.searched;
  return {
    log: { ...heads.log, known: { ...known, ...added }, searched: [...new Set([...heads.log.searched, ...searched])] },
    events: [...events, ...gone],
    problems,
  };
}

interface Searched {
  /** By UUID: the targets whose questions led to it. */
  readonly leads: ReadonlyMap<string, readonly Target[]>;
  readonly problems: WatchProblem[];
}

async function searchAll(rekor: Rekor, targets: readonly Target[], call: RekorCallOptions): Promise<Searched> {
  const questions = targets.flatMap((target) => target.queries.map((query) => ({ target, query })));
  const leads = new Map<string, Target[]>();
  const problems: WatchProblem[] = [];
  await Promise.all(
    questions.map(async ({ target, query }) => {
      try {
        const { uuids } = await rekor.search(query, call);
        for (const uuid of uuids) {
          const others = leads.get(uuid) ?? [];
          if (!others.includes(target)) leads.set(uuid, [...others, target]);
        }
      } catch (error) {
        if (!isRekorError(error)) throw error;
        problems.push({
          code: error.code,
          message: `${target.name} could not be searched: ${error.message}`,
          where: rekor.url,
        });
      }
    }),
  );
  return { leads: new Map([...leads].toSorted(([a], [b]) => (a < b ? -1 : 1))), problems };
}

async function proveFind(
  about: { readonly name: string; readonly url: string },
  entry: RekorEntry,
  match: Match,
  log: LogState,
  isOfOneHistory: (note: string) => Promise<void>,
): Promise<ReturnType<typeof entryEvent> | undefined> {
  const note = entry.inclusionProof?.checkpoint;
  if (note === undefined || entry.treeIndex === undefined || entry.provenance.body !== 'proven') return undefined;
  await isOfOneHistory(note);
  const { origin, size } = parseCheckpoint(note);
  const isSigned = entry.provenance.integratedTime === 'asserted';
  const { treeIndex, integratedTime } = entry;
  const find = {
    ...entry,
    ...kindOf(entry),
    treeIndex,
    ...(isSigned && integratedTime !== undefined ? { integratedTime } : {}),
    hasPromise: isSigned,
    checkpoint: { note, origin, size },
  };
  const baseline = !match.matchedBy.every((name) => log.searched.includes(name));
  return entryEvent(about, find, match, baseline);
}

/** Entries that were proven to be in the log and that its index no longer names: does the log still have them? */
async function findGone(
  rekor: Rekor,
  heads: Heads,
  leads: ReadonlyMap<string, unknown>,
  watched: readonly Target[],
  call: RekorCallOptions,
): Promise<readonly NewEvent[]> {
  const about = { name: heads.name, url: rekor.url };
  const gone: NewEvent[] = [];
  for (const [uuid, { logIndex, origin, targets }] of Object.entries(heads.log.known)) {
    if (leads.has(uuid) || leads.has(uuid.slice(-64))) continue;
    if (!watched.some(({ name }) => targets.includes(name))) continue;
    try {
      await rekor.entry({ uuid }, call);
      gone.push(
        noticeEvent(about, 'index-incomplete', `the index no longer names entry ${uuid}, which the log still has`),
      );
    } catch (error) {
      if (isLogAlarm(error)) gone.push(alarmEvent(about, error));
      else if (isRekorError(error) && error.code === 'not-found')
        gone.push(alarmEvent(about, droppedAlarm(rekor.url, heads, uuid, logIndex, origin)));
      else throw error;
    }
  }
  return gone;
}

function droppedAlarm(
  url: string,
  { log, info }: Heads,
  uuid: string,
  logIndex: number,
  origin: string,
): RekorError & { readonly code: 'entry-dropped' } {
  const message = `entry ${uuid} was proven to be in the log at index ${String(logIndex)}, and is no longer served`;
  const shards = [...info.inactive, info.active].flatMap(({ treeId, offset }) =>
    treeId === undefined ? [] : [{ treeId, offset }],
  );
  const tree = log.trees.find((one) => one.origin === origin);
  const evidence = {
    schemaVersion: 1,
    code: 'entry-dropped',
    message,
    url,
    asked: `logIndex ${String(logIndex)}`,
    checkpoints: tree === undefined ? [] : [tree.checkpoint],
    shards,
  } as const;
  return new RekorError('entry-dropped', message, { expected: uuid, evidence }) as RekorError & {
    readonly code: 'entry-dropped';
  };
}
