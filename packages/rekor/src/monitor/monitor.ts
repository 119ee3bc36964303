import * as z from 'zod';
import { isLogAlarm, isRekorError } from '../error.ts';
import type { Rekor } from '../client/rekor.ts';
import { optionError, requireObject } from '@sigtrail/encoding';
import { checkCall, checkOptions } from '../options.ts';
import { alarmEvent } from './events.ts';
import { findByIndex } from './find-by-index.ts';
import { findByScan } from './find-by-scan.ts';
import { type Journal, type Learned, openJournal, type WatchProblem } from './journal.ts';
import { decodeByNode, type DecodeSigner } from './read-signer.ts';
import { type Coverage, type WatchRun, watchRun } from './watch-run.ts';
import type { WatchSettings } from './settings.ts';
import type { WatchSink } from './sink.ts';
import { watchHeads } from './watch-heads.ts';
import type { NewEvent, WatchEvent } from './watch-event.ts';
import {
  type ExpectedSigner,
  TargetOptions,
  targetsOf,
  type WatchedIdentity,
  type WatchedImage,
} from './watch-targets.ts';
import { checkPlaces, lookAtPlaces, type WatchedPlace } from './watch-places.ts';
import type { OpenStore, WatchStore } from './watch-store.ts';

/** A log to watch. */
export interface WatchedLog {
  /** Its client, which stays yours: `monitor` does not close it. Its `trust` says whose signatures count. */
  readonly rekor: Rekor;
  /**
   * Read every new entry instead of asking the index. Always on for Rekor v2, which has no index. For a v1 log only a scan misses nothing, and it is
   * practical only for small logs: ten entries a request.
   */
  readonly scan?: boolean;
  /** Where the first scan begins: a global index, or `now` (the default): entries from then on. */
  readonly from?: 'now' | number;
  /**
   * Since when its key is in use, as the trusted root says. A log that began after the first run of a watcher is new; one that is older and was
   * not watched before is an alarm (`log-changed`) until it is acknowledged.
   */
  readonly startedAt?: Date;
}

/** What to watch, which signers are expected, where to keep state and which sinks get the events. */
export interface MonitorOptions {
  readonly logs: readonly WatchedLog[];
  readonly images?: readonly WatchedImage[];
  readonly identities?: readonly WatchedIdentity[];
  /** Who may sign what is watched. Without it, every entry is news and none is unexpected. */
  readonly expected?: readonly ExpectedSigner[];
  readonly store: WatchStore;
  /** Where events go, besides the caller of `run`. */
  readonly sinks: readonly WatchSink[];
  /** Reads names out of certificates. Default: Node's own reader, which does not know Fulcio's issuer extension. */
  readonly decodeSigner?: DecodeSigner;
  readonly now?: () => Date;
  /** Bound of one run for each log; the next run reads the rest. Default 100 000. */
  readonly maxEntriesPerRun?: number;
}

/** Bounds of one run. */
export interface MonitorCallOptions {
  readonly signal?: AbortSignal;
  /** Places outside the logs, as they are now: a signature that has left a place since an earlier run is reported (`gone`). */
  readonly places?: readonly WatchedPlace[];
}

/** A watcher. It remembers nothing between runs but what is in its store. */
export interface Monitor {
  /**
   * Looks once: proves that each log continues what it signed before, finds new entries, gives the sinks their events. Unreadable data is a problem of the
   * run, never the end of it.
   *
   * @throws RekorError `state-locked`, `invalid-state`
   * @throws TypeError `unknown-option`, `invalid-option`
   */
  run(call?: MonitorCallOptions): Promise<WatchRun>;
  /** Runs until the signal is aborted, waiting between runs. `onRun` gets each run. @throws RekorError as `run` */
  watch(
    intervalMs: number,
    call: { readonly signal: AbortSignal; readonly onRun?: (run: WatchRun) => void },
  ): Promise<void>;
  /** Closes the sinks. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

// A sink that is down keeps its events; beyond this many the search stops, and the log keeps what is new.
const MAX_OUTBOX = 10_000;

const Options = z.strictObject({
  logs: z
    .array(
      z.strictObject({
        rekor: z.custom<Rekor>(
          (value) => typeof value === 'object' && value !== null && 'logInfo' in value,
          'expected a client of createRekor()',
        ),
        scan: z.exactOptional(z.boolean()),
        from: z.exactOptional(z.union([z.literal('now'), z.int().nonnegative()])),
        startedAt: z.exactOptional(z.date()),
      }),
    )
    .min(1),
  store: z.custom<WatchStore>(
    (value) => typeof value === 'object' && value !== null && 'open' in value,
    'expected a store, such as createFileStore(directory)',
  ),
  sinks: z
    .array(
      z.custom<WatchSink>(
        (value) => typeof value === 'object' && value !== null && 'deliver' in value,
        'expected a sink',
      ),
    )
    .refine((sinks) => new Set(sinks.map(({ name }) => name)).size === sinks.length, 'two sinks have the same name'),
  decodeSigner: z.exactOptional(z.custom<DecodeSigner>((value) => typeof value === 'function')),
  now: z.exactOptional(z.custom<() => Date>((value) => typeof value === 'function')),
  maxEntriesPerRun: z.exactOptional(z.int().positive()),
});

/**
 * Watches logs for entries of images and people, and for the logs' own honesty.
 *
 * Nothing is reported twice and nothing is missed, even if the process is killed at any moment: new knowledge and its events are saved in
 * one step, and each sink's progress after it took an event. (`jsonlSink` has every event exactly once; a callback or webhook may see one again with the
 * same `id`, if it was killed just then.)
 *
 * @throws TypeError `unknown-option`, `invalid-option`
 * @example
 * await using watcher = monitor({
 *   logs: [{ rekor: createRekor({ url: 'https://rekor.sigstore.dev', trust }) }],
 *   images: [{ digest: 'sha256:…', repository: 'ghcr.io/acme/app' }],
 *   expected: [{ subject: 'https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main' }],
 *   store: createFileStore('/var/lib/sigtrail'),
 *   sinks: [jsonlSink('/var/log/sigtrail.jsonl')],
 * });
 * const run = await watcher.run();
 * process.exitCode = run.exitCode; // 0 nothing new, 10 new, 14 incomplete, 20 unexpected signer or a signature gone, 30 the log misbehaves
 */
export function monitor(options: MonitorOptions): Monitor {
  requireObject(options, 'monitor', 'options');
  const { images = [], identities = [], expected, ...rest } = options;
  checkOptions('monitor', Options, rest);
  checkOptions('monitor', TargetOptions, { images, identities, ...(expected === undefined ? {} : { expected }) });
  const now = options.now ?? (() => new Date());
  const settings: WatchSettings = {
    targets: targetsOf(images, identities),
    expected,
    decode: options.decodeSigner ?? decodeByNode,
    maxEntriesPerRun: options.maxEntriesPerRun ?? 100_000,
  };
  const run = async (call: MonitorCallOptions = {}): Promise<WatchRun> => {
    checkCall('run', call, ['places']);
    const { signal, places = [] } = call;
    checkPlaces(places);
    const store = await options.store.open();
    try {
      return await runOnce(options, settings, store, now, places, signal);
    } finally {
      await store.close();
    }
  };
  const close = async (): Promise<void> => {
    await Promise.all(options.sinks.map(async (sink) => sink.close?.()));
  };
  return {
    run,
    async watch(intervalMs, call) {
      if (!Number.isSafeInteger(intervalMs) || intervalMs <= 0)
        throw optionError('invalid-option', '"intervalMs" must be a positive number');
      checkCall('watch', call, ['onRun']);
      const { signal, onRun } = call;
      if (onRun !== undefined && typeof onRun !== 'function')
        throw optionError('invalid-option', '"watch.onRun" must be a function');
      // Without a signal it would never end.
      if (signal === undefined) throw optionError('invalid-option', '"watch.signal" must be an AbortSignal');
      while (!signal.aborted) {
        onRun?.(await run({ signal }));
        await pause(intervalMs, signal);
      }
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function runOnce(
  options: MonitorOptions,
  settings: WatchSettings,
  store: OpenStore,
  now: () => Date,
  places: readonly WatchedPlace[],
  given: AbortSignal | undefined,
): Promise<WatchRun> {
  const signal = given === undefined ? store.signal : AbortSignal.any([given, store.signal]);
  const addresses = options.logs.map(({ rekor }) => rekor.url);
  const journal = await openJournal(store, options.sinks, { now, signal, addresses });
  // Finds of a killed run count for this run: the killed run's exit code was never read.
  const events: WatchEvent[] = [...journal.unreported()];
  const problems: WatchProblem[] = [...(await journal.deliver())];
  const coverage: Coverage[] = [];
  if (places.length > 0 && isFull(journal)) problems.push(outboxFull('places'));
  else if (places.length > 0) {
    const look = lookAtPlaces(journal.state.places ?? {}, places, now().toISOString());
    events.push(...(await journal.record({ places: look.places }, look.events)));
  }
  for (const log of options.logs) {
    const look = await watchLog(log, { settings, store, journal, at: now().toISOString(), signal });
    events.push(...look.events);
    problems.push(...look.problems);
    coverage.push(look.coverage);
  }
  problems.push(...(await journal.deliver()));
  await journal.report();
  return watchRun(now().toISOString(), events, problems, coverage);
}

interface LookContext {
  readonly settings: WatchSettings;
  readonly store: OpenStore;
  readonly journal: Journal;
  readonly at: string;
  readonly signal: AbortSignal;
}

interface Look {
  readonly events: readonly WatchEvent[];
  readonly problems: readonly WatchProblem[];
  readonly coverage: Coverage;
}

async function watchLog({ rekor, scan, from = 'now', startedAt }: WatchedLog, context: LookContext): Promise<Look> {
  const { journal, settings, signal } = context;
  const events: WatchEvent[] = [];
  const problems: WatchProblem[] = [];
  const coverage = { log: rekor.url, how: 'nothing', alarms: 0 } as { -readonly [K in keyof Coverage]: Coverage[K] };
  const record = async (learned: Learned, fresh: readonly NewEvent[]): Promise<void> => {
    coverage.alarms += fresh.filter(({ kind }) => kind === 'alarm').length;
    events.push(...(await journal.record(learned, await withEvidence(context.store, fresh))));
  };
  try {
    const heads = await watchHeads(rekor, { state: journal.state, startedAt }, context.at, { signal });
    coverage.name = heads.name;
    coverage.size = String(heads.head.size);
    await record({ log: heads.log, isAnew: heads.isAnew }, heads.events);
    if (heads.alarms.length > 0) return { events, problems, coverage };
    if (settings.targets.length === 0) return { events, problems, coverage: { ...coverage, how: 'trees' } };
    if (isFull(journal)) {
      problems.push(outboxFull(rekor.url));
      return { events, problems, coverage };
    }
    if (scan === true || heads.info.version === 2) {
      coverage.how = 'scan';
      for await (const chunk of findByScan(rekor, heads, { ...settings, from }, { signal })) {
        await record({ log: chunk.log }, chunk.events);
        problems.push(...chunk.problems);
      }
    } else {
      coverage.how = 'index';
      const found = await findByIndex(rekor, heads, settings, { signal });
      await record({ log: found.log }, found.events);
      problems.push(...found.problems);
    }
  } catch (error) {
    if (isLogAlarm(error)) await record({}, [alarmEvent(nameOf(coverage), error)]);
    else if (isRekorError(error) && error.code !== 'state-locked')
      problems.push({ code: error.code, message: error.message, where: rekor.url });
    else throw error;
  }
  return { events, problems, coverage };
}

function isFull({ state }: Journal): boolean {
  return state.outbox.length > MAX_OUTBOX;
}

function outboxFull(where: string): WatchProblem {
  return { code: 'outbox-full', message: 'too many events wait for a sink; nothing more is looked for', where };
}

function nameOf({ name, log }: Coverage): { readonly name?: string; readonly url: string } {
  return name === undefined ? { url: log } : { name, url: log };
}

/** Evidence is on the disk before any sink gets the event. */
async function withEvidence(store: OpenStore, events: readonly NewEvent[]): Promise<readonly NewEvent[]> {
  return Promise.all(
    events.map(async (event) => {
      if (event.kind !== 'alarm' || event.evidence === undefined) return event;
      const document = new TextEncoder().encode(`${JSON.stringify(event.evidence, undefined, 2)}\n`);
      return {
        ...event,
        evidenceFile: await store.saveEvidence(`${event.code}-${event.id.slice(-16)}.json`, document),
      };
    }),
  );
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}
