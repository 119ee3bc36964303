import { CronExpressionParser } from 'cron-parser';
import { CLOCKS_DIFFER_MS } from './clocks.ts';

/** When a schedule may have a run. */
export interface DueTimes {
  readonly cron: string;
  readonly timeZone: string;
  readonly latestMs: number;
}

/**
 * Why a run that Redis says is due must be left out, if it must. Redis could bring back a run, and with it the answers of then, or have one early, whose answers would stand in for those of the right time.
 *
 * @param ended when the runs were due that this process has had
 */
export function whyNotDue(
  dueMs: number,
  { cron, timeZone, latestMs }: DueTimes,
  ended: ReadonlySet<number>,
): string | undefined {
  const sinceMs = Date.now() - dueMs;
  if (sinceMs > latestMs) return `was due more than ${String(latestMs)} ms ago`;
  if (sinceMs < -CLOCKS_DIFFER_MS) return 'is not due yet';
  if (ended.has(dueMs)) return 'has ended before';
  return isTimeOf(cron, timeZone, dueMs) ? undefined : 'is at no time of the schedule';
}

/**
 * The last time of a schedule before that one; `undefined` where it has none.
 *
 * @throws Error if these are not the times of a crontab, or if there is no such time zone
 */
export function lastTimeBefore(ms: number, cron: string, timeZone: string): number | undefined {
  const times = CronExpressionParser.parse(cron, { tz: timeZone, currentDate: new Date(ms) });
  return times.hasPrev() ? times.prev().getTime() : undefined;
}

/** The next time of a schedule; `undefined` where it has none. */
export function nextTime(cron: string, timeZone: string): number | undefined {
  const times = CronExpressionParser.parse(cron, { tz: timeZone });
  return times.hasNext() ? times.next().getTime() : undefined;
}

// A time that its clock skips, as half past two in the night to summer time, comes an hour later: only who looks from before that hour finds it.
const LOOKED_FROM_MS = [1, 3_600_001];

function isTimeOf(cron: string, timeZone: string, dueMs: number): boolean {
  return LOOKED_FROM_MS.some((beforeMs) => {
    const times = CronExpressionParser.parse(cron, { tz: timeZone, currentDate: new Date(dueMs - beforeMs) });
    return times.hasNext() && times.next().getTime() === dueMs;
  });
}
