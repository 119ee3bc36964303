import { encodeBase64 } from '@sigtrail/encoding';
import type { RekorEntry } from '../entry/entry.ts';
import type { LogCheckpoint } from '../client/rekor.ts';
import { eventId } from './events.ts';
import type { Match } from './match-entry.ts';
import type { NewEntryEvent, NewEvent, WatchedLogName } from './watch-event.ts';

/** An entry that is proven under a checkpoint that continues what is known of its log. */
export interface ProvenFind {
  readonly uuid: string;
  readonly logIndex: number;
  readonly treeIndex: number;
  readonly body: Uint8Array;
  readonly kind: string;
  readonly apiVersion: string;
  /** Seconds since 1970; only where the log signed it. */
  readonly integratedTime?: number;
  readonly hasPromise: boolean;
  readonly checkpoint: Pick<LogCheckpoint, 'note' | 'origin' | 'size'>;
}

/** The event for a find. Its id is the entry's place and leaf, so it is the same however the entry was found. */
export function entryEvent(log: WatchedLogName, find: ProvenFind, match: Match, baseline: boolean): NewEntryEvent {
  const { uuid, logIndex, treeIndex, body, kind, apiVersion, integratedTime, checkpoint } = find;
  return {
    kind: 'entry',
    id: eventId('entry', checkpoint.origin, String(treeIndex), uuid.slice(-64)),
    log,
    matchedBy: match.matchedBy,
    expected: match.expected,
    baseline,
    entry: {
      uuid,
      logIndex,
      treeIndex,
      treeSize: String(checkpoint.size),
      checkpoint: checkpoint.note,
      origin: checkpoint.origin,
      kind,
      apiVersion,
      hashes: match.hashes,
      signers: match.signers,
      ...(integratedTime === undefined ? {} : { integratedTime: new Date(integratedTime * 1000).toISOString() }),
      body: encodeBase64(body),
      inclusion: 'verified',
      promise: find.hasPromise ? 'verified' : 'absent',
      ...(match.unread === undefined ? {} : { unread: match.unread }),
    },
  };
}

/** The event for an unreadable entry whose bytes hold nothing that is watched. */
export function unreadEvent(
  log: WatchedLogName,
  { uuid, logIndex, treeIndex, kind, apiVersion, checkpoint: { origin } }: ProvenFind,
  why: string,
): Extract<NewEvent, { kind: 'unread' }> {
  return {
    kind: 'unread',
    id: eventId('unread', origin, String(treeIndex), uuid.slice(-64)),
    log,
    code: 'entry-unread',
    message: `entry ${String(logIndex)} can’t be read: ${why}; nothing that is watched was found in its bytes`,
    logIndex,
    treeIndex,
    uuid,
    origin,
    entryKind: kind,
    apiVersion,
  };
}

/** Kind and version for people; an unreadable body is shown by the kind that it claims. */
export function kindOf({ contents }: Pick<RekorEntry, 'contents'>): {
  readonly kind: string;
  readonly apiVersion: string;
} {
  return { kind: contents.kind === 'unknown' ? contents.name : contents.kind, apiVersion: contents.apiVersion };
}
