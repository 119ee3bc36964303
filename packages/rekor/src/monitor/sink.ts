import { optionError } from '@sigtrail/encoding';
import type { WatchEvent } from './watch-event.ts';

/** What one delivery knows. */
export interface Delivery {
  /** The sink's own bookmark, as its `start` or last `deliver` returned it. */
  readonly position: string | undefined;
  /** Aborted when the delivery takes too long or the run ends. */
  readonly signal: AbortSignal;
}

/**
 * Where events go. Events come in order and in groups. When `deliver` throws, the same events come again with the next run; when the
 * process dies between `deliver` and the note of it, they come again too, with the same `id`.
 */
export interface WatchSink {
  /** Unique among the sinks of a watcher, and the same from run to run. */
  readonly name: string;
  /** Largest group; default 1. */
  readonly groupSize?: number;
  /** Called once, when a store sees the sink for the first time; the bookmark is saved before anything is delivered. */
  start?(): Promise<string | undefined>;
  /** Takes events, or throws. What it returns is the next bookmark. */
  deliver(events: readonly WatchEvent[], delivery: Delivery): Promise<string | undefined>;
  /** Called when the watcher is closed. */
  close?(): Promise<void>;
}

/**
 * A sink that calls a function for each event, in order. It may be called twice with one `id`, when the process was killed between
 * the call and the note of it.
 *
 * @example
 * callbackSink('log', (event) => logger.warn(event));
 */
export function callbackSink(name: string, callback: (event: WatchEvent) => void | Promise<void>): WatchSink {
  if (typeof name !== 'string' || name === '') throw optionError('invalid-option', '"name" must be a text');
  if (typeof callback !== 'function') throw optionError('invalid-option', '"callback" must be a function');
  return {
    name,
    async deliver(events) {
      for (const event of events) await callback(event);
      return undefined;
    },
  };
}
