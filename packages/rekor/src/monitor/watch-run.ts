import * as z from 'zod';
import type { WatchProblem } from './journal.ts';
import { type WatchEvent, WatchEventSchema } from './watch-event.ts';

/** How far one log was read. */
export interface Coverage {
  /** Address. */
  readonly log: string;
  /** The name in its checkpoints, if one could be read. */
  readonly name?: string;
  /** Proven size of its active tree; decimal. */
  readonly size?: string;
  /**
   * - `scan`: every new entry was read: nothing is missed
   * - `index`: the log's index was asked: what it leaves out can't be known
   * - `trees`: only whether the log continues: nothing else is watched
   * - `nothing`: it could not be read, or is not believed
   */
  readonly how: 'scan' | 'index' | 'trees' | 'nothing';
  /** Alarms seen in this run, including those reported before. */
  readonly alarms: number;
}

/**
 * 0 nothing new · 10 new entries, none unexpected, or a log or tree that is seen for the first time · 14 something could not be looked at or read · 20 an unexpected signer, or a signature that is gone
 * from where it was · 30 a log misbehaves or has become another one, or the state lost a part of what it knew.
 */
export type WatchExitCode = 0 | 10 | 14 | 20 | 30;

/** The result of one run. Plain JSON. */
export interface WatchRun {
  readonly schemaVersion: 1;
  /** RFC 3339. */
  readonly at: string;
  /** New events, and those that a killed earlier run had found. */
  readonly events: readonly WatchEvent[];
  readonly problems: readonly WatchProblem[];
  readonly coverage: readonly Coverage[];
  /** The worst of it, for cron. A log that goes on misbehaving is 30 in every run, though it is reported once. */
  readonly exitCode: WatchExitCode;
}

/** Sums a run up. */
export function watchRun(
  at: string,
  events: readonly WatchEvent[],
  problems: readonly WatchProblem[],
  coverage: readonly Coverage[],
): WatchRun {
  return { schemaVersion: 1, at, events, problems, coverage, exitCode: exitCodeOf(events, problems, coverage) };
}

function exitCodeOf(
  events: readonly WatchEvent[],
  problems: readonly WatchProblem[],
  coverage: readonly Coverage[],
): WatchExitCode {
  if (coverage.some(({ alarms }) => alarms > 0) || events.some(({ kind }) => kind === 'alarm')) return 30;
  const entries = events.filter((event) => event.kind === 'entry');
  if (entries.some(({ expected }) => expected === 'no') || events.some(({ kind }) => kind === 'gone')) return 20;
  // Before "new": with something not looked at, "nothing unexpected" can't be said.
  if (problems.length > 0 || coverage.some(({ how }) => how === 'nothing')) return 14;
  if (events.some((event) => event.kind === 'unread' || (event.kind === 'entry' && event.entry.unread !== undefined)))
    return 14;
  // Seen for the first time: nothing before it is proven, and a lost state must not look like a quiet day.
  return entries.length > 0 || events.some((event) => event.kind === 'notice' && event.code === 'first-use') ? 10 : 0;
}

/** A run read back from JSON. */
export const WatchRunSchema: z.ZodType<WatchRun> = z.object({
  schemaVersion: z.literal(1),
  at: z.string(),
  events: z.array(WatchEventSchema),
  problems: z.array(z.object({ code: z.string(), message: z.string(), where: z.string() })),
  coverage: z.array(
    z.object({
      log: z.string(),
      name: z.exactOptional(z.string()),
      size: z.exactOptional(z.string()),
      how: z.enum(['scan', 'index', 'trees', 'nothing']),
      alarms: z.int().nonnegative(),
    }),
  ),
  exitCode: z.union([z.literal(0), z.literal(10), z.literal(14), z.literal(20), z.literal(30)]),
});
