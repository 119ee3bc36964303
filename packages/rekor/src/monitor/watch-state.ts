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
  /** `sha256:` of the key that signs it; absent where no key is trusted. */
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

/** Where an entry is that was reported: it was proven to be there, so it must stay. */
export interface KnownEntry {
  /** Global index. */
  readonly logIndex: number;
  readonly origin: string;
  /** Names of the targets it was found for: what is no longer watched is no longer looked for. */
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
  /** Names of what was searched for at least once: what is found of others was there before. */
  readonly searched: readonly string[];
  /** What the log turned into without proof. Each stands until it is acknowledged, also when the log turns back. */
  readonly changes: readonly LogChange[];
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
  /** Sequence of the newest event. */
  readonly sequence: number;
  /** Sequence of the newest event that a run has returned to its caller: what came after it, a killed run took along. */
  readonly reported: number;
  /** By address: a log picks the name in its checkpoints itself, and must not leave its history behind by picking another. */
  readonly logs: Readonly<Record<string, LogState>>;
  /** Places outside the logs; absent in documents of before there were any. */
  readonly places?: PlacesState;
  /** Events that some sink has not taken yet, or no run has returned, in order. */
  readonly outbox: readonly WatchEvent[];
  readonly sinks: Readonly<Record<string, SinkState>>;
  /** Ids of events that happen once: alarms and notices. */
  readonly raised: readonly string[];
}

// 1 kept logs by the name in their checkpoints, without their keys.
const STATE_VERSION = 2;

const text = z.string();
const count = z.int().nonnegative();
const Schema: z.ZodType<WatchState> = z.strictObject({
  schemaVersion: z.literal(STATE_VERSION),
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
  places: z.exactOptional(PlacesStateSchema),
  outbox: z.array(WatchEventSchema),
  sinks: z.record(text, z.strictObject({ delivered: count, position: z.exactOptional(text) })),
  raised: z.array(text),
});

/** What a store without a document stands for. */
export const EMPTY_STATE: WatchState = {
  schemaVersion: STATE_VERSION,
  sequence: 0,
  reported: 0,
  logs: {},
  outbox: [],
  sinks: {},
  raised: [],
};

/**
 * Reads a stored state. One that can't be read is never taken for an empty one: that would forget what the log has signed.
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
    for (const [address, { url }] of Object.entries(parsed.data.logs))
      if (address !== url)
        throw new RekorError(
          'invalid-state',
          `the stored watch state keeps the log ${url} under the address ${address}`,
          {
            path: `logs.${address}`,
            expected: address,
            actual: url,
          },
        );
    return json as WatchState;
  }
  const [issue] = parsed.error.issues;
  throw new RekorError('invalid-state', `the stored watch state is invalid at ${issue?.path.join('.') ?? ''}`, {
    path: issue?.path.join('.') ?? '',
    ...(issue === undefined ? {} : { expected: issue.message }),
  });
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

/** Puts events into the outbox, and says which. What was raised before is not raised again. */
export function withEvents(
  state: WatchState,
  events: readonly NewEvent[],
  at: string,
): readonly [WatchState, readonly WatchEvent[]] {
  const raised = new Set(state.raised);
  const fresh = events.filter((event) => {
    // What is new or gone follows from the rest of the state, which changes in the same step.
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

/** Keeps only the sinks of these names: one that was taken away must not hold events for ever. */
export function withSinksOf(state: WatchState, names: readonly string[]): WatchState {
  const sinks = Object.fromEntries(Object.entries(state.sinks).filter(([name]) => names.includes(name)));
  return pruned({ ...state, sinks });
}

/** Notes that everything so far was returned to a caller. */
export function withReport(state: WatchState): WatchState {
  return pruned({ ...state, reported: state.sequence });
}

/** Forgets the events that everybody has. */
function pruned(state: WatchState): WatchState {
  const least = Math.min(state.reported, ...Object.values(state.sinks).map(({ delivered }) => delivered));
  return { ...state, outbox: state.outbox.filter(({ sequence }) => sequence > least) };
}
