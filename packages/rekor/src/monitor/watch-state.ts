import { counted } from '@sigtrail/encoding';
import * as z from 'zod';
import { RekorError } from '../error.ts';
import { type LogChange, LogChangeSchema } from './log-change.ts';
import { type PlacesState, PlacesStateSchema } from './watch-places.ts';
import { type NewEvent, type WatchEvent, WatchEventSchema } from './watch-event.ts';

/** One tree of a log as it was last proven. */
export interface TreeState {
  readonly origin: string;
  /** Decimal; Rekor v1 only. */
  readonly treeId?: string;
  /** `sha256:` of the key that signs it; absent if no key is trusted. */
  readonly key?: string;
  /** `inactive`: closed at this size for ever. */
  readonly status: 'active' | 'inactive';
  /** The newest checkpoint that is proven to continue all before it: the signed note. */
  readonly checkpoint: string;
  /** Earlier ones, newest first. */
  readonly history: readonly { readonly checkpoint: string; readonly at: string }[];
  /** RFC 3339: when this checkpoint was read. */
  readonly at: string;
}

/** Where a reported entry is: it was proven to be there, so it must stay. */
export interface KnownEntry {
  /** Global index. */
  readonly logIndex: number;
  readonly origin: string;
  /** Names of the targets it was found for: the search leaves out targets that are no longer watched. */
  readonly targets: readonly string[];
}

/** What is remembered of the log at one address. */
export interface LogState {
  readonly url: string;
  /** The name in its checkpoints. */
  readonly name: string;
  /** Oldest first. */
  readonly trees: readonly TreeState[];
  /** By UUID. */
  readonly known: Readonly<Record<string, KnownEntry>>;
  /** Next global index to be scanned; decimal. */
  readonly cursor?: string;
  /** Names of targets that were searched for at least once: finds for other targets were there before. */
  readonly searched: readonly string[];
  /** How the log changed without proof. Each change stands until it is acknowledged, even when the log changes back. */
  readonly changes: readonly LogChange[];
}

/** What the runs saw of the log at one address, kept apart from what it showed: a state that loses its trees, or its place in a scan, is noticed. */
export interface SeenLog {
  /** Number of its trees; 0 for a log that was watched from the first run on and has not answered yet. */
  readonly trees: number;
  /** Number of the entries that were told of. */
  readonly entries: number;
  /** Its entries were read one by one, so that there is a `cursor`. */
  readonly scanned: boolean;
}

/** Where a sink stands. */
export interface SinkState {
  /** Sequence of the last event it took. */
  readonly delivered: number;
  /** The sink's own bookmark. */
  readonly position?: string;
}

/** All that is remembered between runs. One document, so that it can change at once or not at all. */
export interface WatchState {
  readonly schemaVersion: typeof STATE_VERSION;
  /** RFC 3339: when the first run began. */
  readonly since: string;
  /** Sequence of the newest event. */
  readonly sequence: number;
  /** Sequence of the newest event that a run has returned to its caller: a killed run took the later events along. */
  readonly reported: number;
  /** By address: a log chooses the name in its checkpoints, and must not shed its history with a new name. */
  readonly logs: Readonly<Record<string, LogState>>;
  /** By address: every log that a run has seen, or was to watch when the state was new. */
  readonly seen: Readonly<Record<string, SeenLog>>;
  /** Places outside the logs; absent in older documents. */
  readonly places?: PlacesState;
  /** Number of the signatures in each of these places. */
  readonly placed: Readonly<Record<string, number>>;
  /** Events that some sink has not taken yet, or no run has returned, in order. */
  readonly outbox: readonly WatchEvent[];
  readonly sinks: Readonly<Record<string, SinkState>>;
  /** Ids of events that happen once: alarms and notices. */
  readonly raised: readonly string[];
}

// 1 kept logs by the name in their checkpoints, without their keys. 2 did not say which logs its runs had seen.
const STATE_VERSION = 3;

const text = z.string();
const count = z.int().nonnegative();
const Schema: z.ZodType<WatchState> = z.strictObject({
  schemaVersion: z.literal(STATE_VERSION),
  since: text,
  sequence: count,
  reported: count,
  logs: z.record(
    text,
    z.strictObject({
      url: text,
      name: text,
      trees: z.array(
        z.strictObject({
          origin: text,
          treeId: z.exactOptional(text),
          key: z.exactOptional(text),
          status: z.enum(['active', 'inactive']),
          checkpoint: text,
          history: z.array(z.strictObject({ checkpoint: text, at: text })),
          at: text,
        }),
      ),
      known: z.record(text, z.strictObject({ logIndex: count, origin: text, targets: z.array(text) })),
      cursor: z.exactOptional(text.regex(/^(?:0|[1-9][0-9]*)$/)),
      searched: z.array(text),
      changes: z.array(LogChangeSchema),
    }),
  ),
  seen: z.record(text, z.strictObject({ trees: count, entries: count, scanned: z.boolean() })),
  places: z.exactOptional(PlacesStateSchema),
  placed: z.record(text, count),
  outbox: z.array(WatchEventSchema),
  sinks: z.record(text, z.strictObject({ delivered: count, position: z.exactOptional(text) })),
  raised: z.array(text),
});

/** What a store without a document stands for, when a run is to watch the logs at these addresses. */
export function newState(addresses: readonly string[], since: string): WatchState {
  return {
    schemaVersion: STATE_VERSION,
    since,
    sequence: 0,
    reported: 0,
    logs: {},
    seen: Object.fromEntries(addresses.map((url) => [url, { trees: 0, entries: 0, scanned: false }])),
    placed: {},
    outbox: [],
    sinks: {},
    raised: [],
  };
}

/**
 * Reads a stored state. An unreadable state never counts as empty: that would forget what the log has signed.
 *
 * @throws RekorError `invalid-state`
 */
export function parseState(bytes: Uint8Array): WatchState {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new RekorError('invalid-state', 'the stored watch state is not JSON; restore it from a backup', { cause });
  }
  refuseOtherVersions(json);
  const parsed = Schema.safeParse(json);
  // The document itself, not zod's copy: an event must be written again in the very same order of members, or it would look like another.
  if (parsed.success) {
    refuseContradictions(parsed.data);
    return json as WatchState;
  }
  const [issue] = parsed.error.issues;
  throw new RekorError('invalid-state', `the stored watch state is invalid at ${issue?.path.join('.') ?? ''}`, {
    path: issue?.path.join('.') ?? '',
    ...(issue === undefined ? {} : { expected: issue.message }),
  });
}

/** What one part of a state says, and another denies, was changed by hand or damaged. */
function refuseContradictions({ logs, places = {}, placed, sequence, reported, sinks, outbox }: WatchState): void {
  const refuse = (path: string, message: string, expected: string, actual: string): never => {
    throw new RekorError('invalid-state', `the stored watch state ${message}; restore it from a backup`, {
      path,
      expected,
      actual,
    });
  };
  for (const [address, { url }] of Object.entries(logs))
    if (address !== url) refuse(`logs.${address}`, `keeps the log ${url} under the address ${address}`, address, url);
  for (const [name, seen] of Object.entries(placed)) {
    const held = Object.keys((Object.hasOwn(places, name) ? places[name] : undefined) ?? {}).length;
    if (held !== seen)
      refuse(
        `places.${name}`,
        `has seen ${counted(seen, 'signature')} at ${name}, and holds ${String(held)} of them`,
        String(seen),
        String(held),
      );
  }
  // An event below what a sink has already taken would never be told.
  const newest = Math.max(
    reported,
    ...Object.values(sinks).map(({ delivered }) => delivered),
    ...outbox.map((event) => event.sequence),
  );
  if (newest > sequence)
    refuse(
      'sequence',
      `counts ${String(sequence)} events, and says that event ${String(newest)} was told`,
      `at least ${String(newest)}`,
      String(sequence),
    );
}

/** An older document can't be read as a newer one: it does not say which key signed what it remembers. */
function refuseOtherVersions(json: unknown): void {
  const version = z.object({ schemaVersion: z.int() }).safeParse(json).data?.schemaVersion;
  if (version === undefined || version === STATE_VERSION) return;
  const advice =
    version < STATE_VERSION
      ? 'move it away: the next run then begins anew and says so (first-use)'
      : 'it was written by a newer release: use that release, or move it away';
  throw new RekorError(
    'invalid-state',
    `the stored watch state has schema version ${String(version)}, and this release reads version ${String(STATE_VERSION)}; ${advice}`,
    { path: 'schemaVersion', expected: String(STATE_VERSION), actual: String(version) },
  );
}

/** Writes a state as it is stored. */
export function formatState(state: WatchState): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(state)}\n`);
}

/** Takes in what is known of a log now. `isAnew`: a change was acknowledged, so that less may be known of it than was seen. */
export function withLog(state: WatchState, log: LogState, isAnew: boolean): WatchState {
  const before = isAnew ? undefined : state.seen[log.url];
  const now = {
    trees: Math.max(before?.trees ?? 0, log.trees.length),
    entries: Math.max(before?.entries ?? 0, Object.keys(log.known).length),
    scanned: (before?.scanned ?? false) || log.cursor !== undefined,
  };
  // A log that was never seen here stays unknown until somebody acknowledges it.
  const isSeen = log.trees.length > 0 || Object.hasOwn(state.seen, log.url);
  return {
    ...state,
    logs: { ...state.logs, [log.url]: log },
    seen: isSeen ? { ...state.seen, [log.url]: now } : state.seen,
  };
}

/** Takes in what is in the places now. */
export function withPlaces(state: WatchState, places: PlacesState): WatchState {
  const placed = Object.entries(places).map(([name, signatures]) => [name, Object.keys(signatures).length] as const);
  return { ...state, places, placed: Object.fromEntries(placed) };
}

/** Puts events into the outbox, and says which. Events that were raised before are not raised again. */
export function withEvents(
  state: WatchState,
  events: readonly NewEvent[],
  at: string,
): readonly [WatchState, readonly WatchEvent[]] {
  const raised = new Set(state.raised);
  const fresh = events.filter((event) => {
    // Whether an entry is new or gone follows from the rest of the state, which changes in the same step.
    if (event.kind === 'entry' || event.kind === 'unread' || event.kind === 'gone') return true;
    if (raised.has(event.id)) return false;
    raised.add(event.id);
    return true;
  });
  const numbered = fresh.map((event, index): WatchEvent => ({ ...event, sequence: state.sequence + index + 1, at }));
  const next = {
    ...state,
    sequence: state.sequence + numbered.length,
    outbox: [...state.outbox, ...numbered],
    raised: [...raised],
  };
  return [next, numbered];
}

/** Notes how far a sink is. */
export function withDelivery(state: WatchState, name: string, sink: SinkState): WatchState {
  return pruned({ ...state, sinks: { ...state.sinks, [name]: sink } });
}

/** Keeps only the sinks of these names: a removed sink must not hold events for ever. */
export function withSinksOf(state: WatchState, names: readonly string[]): WatchState {
  const sinks = Object.fromEntries(Object.entries(state.sinks).filter(([name]) => names.includes(name)));
  return pruned({ ...state, sinks });
}

/** Notes that everything so far was returned to a caller. */
export function withReport(state: WatchState): WatchState {
  return pruned({ ...state, reported: state.sequence });
}

/** Forgets the events that every sink has. */
function pruned(state: WatchState): WatchState {
  const least = Math.min(state.reported, ...Object.values(state.sinks).map(({ delivered }) => delivered));
  return { ...state, outbox: state.outbox.filter(({ sequence }) => sequence > least) };
}
