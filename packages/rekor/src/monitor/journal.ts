import { RekorError } from '../error.ts';
import type { WatchSink } from './sink.ts';
import type { PlacesState } from './watch-places.ts';
import {
  formatState,
  type LogState,
  newState,
  parseState,
  withDelivery,
  withEvents,
  withLog,
  withPlaces,
  withReport,
  withSinksOf,
  type WatchState,
} from './watch-state.ts';
import type { OpenStore } from './watch-store.ts';
import type { NewEvent, WatchEvent } from './watch-event.ts';

/** Why something could not be done in a run. */
export interface WatchProblem {
  readonly code: string;
  readonly message: string;
  /** Address of the log, or name of the sink. */
  readonly where: string;
}

/** What is now known of a log, or of places; empty when there are only events to report. */
export interface Learned {
  readonly log?: LogState;
  /** The log was taken anew: a change of it was acknowledged. */
  readonly isAnew?: boolean;
  readonly places?: PlacesState;
}

/**
 * The state of one run and the only way to change it. New knowledge and the events about it are saved in one document before any
 * sink receives them; a sink's progress is saved after it took them. So a killed run has either not learned a thing (and learns it again)
 * or will report it, and no event is made twice.
 */
export interface Journal {
  readonly state: WatchState;
  /** Saves new knowledge and the events about it in one step; returns the events that will be reported. */
  record(learned: Learned, events: readonly NewEvent[]): Promise<readonly WatchEvent[]>;
  /** Gives each sink the events that it doesn't have. A sink that fails keeps its events and doesn't stop the others. */
  deliver(): Promise<readonly WatchProblem[]>;
  /** The events that no run has returned yet. */
  unreported(): readonly WatchEvent[];
  /** Notes that everything is about to be returned. */
  report(): Promise<void>;
}

const SINK_TIMEOUT_MS = 30_000;

/** Opens the journal of a store: events that a killed run left are delivered first. */
export async function openJournal(
  store: OpenStore,
  sinks: readonly WatchSink[],
  run: { readonly now: () => Date; readonly signal: AbortSignal; readonly addresses: readonly string[] },
): Promise<Journal> {
  const stored = await store.load();
  const loaded = stored === undefined ? newState(run.addresses, run.now().toISOString()) : parseState(stored);
  let state = loaded;
  let last: Promise<void> = Promise.resolve();
  // Sinks report concurrently: each change is applied to the newest state, and saved in that order.
  const change = (next: (current: WatchState) => WatchState): Promise<void> => {
    last = last.then(async () => {
      const changed = next(state);
      await store.save(formatState(changed));
      state = changed;
    });
    return last;
  };
  const names = sinks.map(({ name }) => name);
  const started = await startSinks(state, sinks);
  if (started.fresh.length > 0 || Object.keys(state.sinks).some((name) => !names.includes(name)))
    await change((current) => {
      const kept = withSinksOf(current, names);
      const added = Object.fromEntries(
        started.fresh.map(({ name, position }) => [
          name,
          { delivered: current.sequence, ...(position === undefined ? {} : { position }) },
        ]),
      );
      return { ...kept, sinks: { ...kept.sinks, ...added } };
    });
  const startProblems: WatchProblem[] = [...started.problems];
  return {
    get state() {
      return state;
    },
    async record({ log, isAnew = false, places }, events) {
      let told: readonly WatchEvent[] = [];
      await change((current) => {
        const learned = log === undefined ? current : withLog(current, log, isAnew);
        const known = places === undefined ? learned : withPlaces(learned, places);
        const [next, added] = withEvents(known, events, run.now().toISOString());
        told = added;
        return next;
      });
      return told;
    },
    unreported: () => state.outbox.filter(({ sequence }) => sequence > state.reported),
    async report() {
      if (state.reported < state.sequence) await change(withReport);
    },
    async deliver() {
      const outcomes = await Promise.all(
        sinks
          .filter(({ name }) => state.sinks[name] !== undefined)
          .map((sink) => deliverTo(sink, () => state, change, run.signal)),
      );
      return [...startProblems.splice(0), ...outcomes.flat()];
    },
  };
}

async function startSinks(
  state: WatchState,
  sinks: readonly WatchSink[],
): Promise<{
  readonly fresh: readonly { readonly name: string; readonly position: string | undefined }[];
  readonly problems: readonly WatchProblem[];
}> {
  const fresh: { readonly name: string; readonly position: string | undefined }[] = [];
  const problems: WatchProblem[] = [];
  for (const sink of sinks) {
    if (state.sinks[sink.name] !== undefined) continue;
    try {
      fresh.push({ name: sink.name, position: await sink.start?.() });
    } catch (error) {
      problems.push(problemOf(sink, error));
      // It gets every event from here on, once it can be started.
      fresh.push({ name: sink.name, position: undefined });
    }
  }
  return { fresh, problems };
}

async function deliverTo(
  sink: WatchSink,
  current: () => WatchState,
  change: (next: (state: WatchState) => WatchState) => Promise<void>,
  signal: AbortSignal,
): Promise<readonly WatchProblem[]> {
  const { name, groupSize = 1 } = sink;
  for (;;) {
    const { sinks, outbox } = current();
    const at = sinks[name];
    if (at === undefined) return [];
    const group: readonly WatchEvent[] = outbox.filter(({ sequence }) => sequence > at.delivered).slice(0, groupSize);
    const newest = group.at(-1);
    if (newest === undefined) return [];
    let position: string | undefined;
    try {
      position = await within(SINK_TIMEOUT_MS, signal, (limit) =>
        sink.deliver(group, { position: at.position, signal: limit }),
      );
    } catch (error) {
      return [problemOf(sink, error)];
    }
    await change((state) =>
      withDelivery(state, name, {
        delivered: newest.sequence,
        ...(position === undefined ? {} : { position }),
      }),
    );
  }
}

/** A sink that never answers must not hold the others, nor the run. */
async function within<T>(
  timeoutMs: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  limit.throwIfAborted();
  let stop = (): void => undefined;
  const stopped = new Promise<never>((_, reject) => {
    stop = () =>
      reject(
        new RekorError('sink-failed', `the sink did not take its events within ${String(Math.round(timeoutMs))} ms`),
      );
    limit.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work(limit), stopped]);
  } finally {
    limit.removeEventListener('abort', stop);
  }
}

function problemOf({ name }: WatchSink, error: unknown): WatchProblem {
  return {
    code: 'sink-failed',
    message: error instanceof Error ? error.message : 'it failed without saying why',
    where: name,
  };
}
