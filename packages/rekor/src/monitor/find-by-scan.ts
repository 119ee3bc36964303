import { counted, encodeHex } from '@sigtrail/encoding';
import { entryUuid } from '../entry/entry-link.ts';
import { isLogAlarm, isRekorError } from '../error.ts';
import type { Rekor, RekorCallOptions, RekorShard } from '../client/rekor.ts';
import { alarmEvent } from './events.ts';
import type { Found } from './find-by-index.ts';
import { readContents } from '../proof/prove-entry.ts';
import { historyCheck } from './history-check.ts';
import { matchEntry } from './match-entry.ts';
import type { WatchSettings } from './settings.ts';
import type { Heads } from './watch-heads.ts';
import type { LogState } from './watch-state.ts';
import type { NewEvent } from './watch-event.ts';
import type { ScannedEntry } from '../entry/entry.ts';
import { entryEvent, kindOf, unreadEvent } from './watched-entry.ts';

// Progress is saved this often, so that a killed run of a long scan continues from there.
const CHUNK = 1000;

/** Where a scan is, and what it found since the last chunk. */
export type ScanChunk = Found;

/**
 * Reads every entry since the last run, proves each, and reports those that match: unlike an index, this misses nothing.
 * Yields one chunk after the other; save each with its cursor before you take the next.
 */
export async function* findByScan(
  rekor: Rekor,
  heads: Heads,
  settings: WatchSettings & { readonly from: 'now' | number },
  call: RekorCallOptions,
): AsyncGenerator<ScanChunk> {
  const { offset } = heads.info.active;
  const end = offset + Number(heads.head.size);
  const cursor = heads.log.cursor === undefined ? settings.from : Number(heads.log.cursor);
  const start = cursor === 'now' ? end : Math.min(cursor, end);
  const stop = Math.min(end, start + settings.maxEntriesPerRun);
  const searched = [...new Set([...heads.log.searched, ...settings.targets.map(({ name }) => name)])];
  let log: LogState = { ...heads.log, searched, cursor: String(start) };
  let events: NewEvent[] = [];
  let count = 0;
  const about = { name: heads.name, url: rekor.url };
  const isOfOneHistory = historyCheck(rekor, heads.log.trees, call);
  const take = (): ScanChunk => {
    const chunk = { log, events, problems: [] };
    events = [];
    count = 0;
    return chunk;
  };
  // The cursor is saved even when there is nothing to read: "now" means the first run.
  yield take();
  try {
    for await (const scanned of rekor.scan(start, stop, { under: heads.head, ...call })) {
      const match = await matchEntry(scanned.body, [], settings.targets, settings, call);
      if (match !== undefined) {
        // v1: the proof is under a checkpoint of the entry's own; v2: under the head.
        const note = scanned.entry?.inclusionProof?.checkpoint;
        if (note !== undefined) await isOfOneHistory(note);
        const find = toFind(scanned, heads);
        if (match.matchedBy.length === 0) events.push(unreadEvent(about, find, match.unread ?? ''));
        else {
          const event = entryEvent(about, find, match, false);
          const known = { logIndex: scanned.logIndex, origin: event.entry.origin, targets: event.matchedBy };
          log = { ...log, known: { ...log.known, [event.entry.uuid]: known } };
          events.push(event);
        }
      }
      log = { ...log, cursor: String(scanned.logIndex + 1) };
      count += 1;
      if (count >= CHUNK) yield take();
    }
  } catch (error) {
    if (isLogAlarm(error)) events.push(alarmEvent(about, error));
    else {
      if (!isRekorError(error)) throw error;
      const problem = {
        code: error.code,
        message: `the scan stopped at ${log.cursor ?? '0'}: ${error.message}`,
        where: rekor.url,
      };
      yield { ...take(), problems: [problem] };
      return;
    }
  }
  const left = end - stop;
  const problems =
    left > 0
      ? [
          {
            code: 'scan-unfinished',
            message: `${counted(left, 'entry is', 'entries are')} left for the next run`,
            where: rekor.url,
          },
        ]
      : [];
  yield { ...take(), problems };
}

function toFind(scanned: ScannedEntry, heads: Heads): Parameters<typeof entryEvent>[1] {
  const { logIndex, treeIndex, body, leafHash, entry } = scanned;
  const shard = shardOf(heads, logIndex);
  const { checkpoint } = shard === heads.info.active ? { checkpoint: heads.head } : shard;
  const isSigned = entry?.provenance.integratedTime === 'asserted';
  return {
    uuid: shard.treeId === undefined ? encodeHex(leafHash) : entryUuid(shard.treeId, leafHash),
    logIndex,
    treeIndex,
    body,
    ...kindOf({ contents: readContents(body) }),
    ...(isSigned && entry.integratedTime !== undefined ? { integratedTime: entry.integratedTime } : {}),
    hasPromise: isSigned,
    checkpoint,
  };
}

function shardOf({ info }: Heads, logIndex: number): RekorShard {
  return [...info.inactive, info.active].findLast(({ offset }) => offset <= logIndex) ?? info.active;
}
