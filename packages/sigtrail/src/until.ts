import { inTime } from '@sigtrail/encoding';
import { SigtrailError } from './error.ts';
import type { CallOptions } from './options.ts';
import { parseTime } from './policy/time-bounds.ts';
import type { Problem } from './report/report.ts';

/** The caller's absolute deadline, and how long the question waited in line. */
export interface Until {
  /** RFC 3339. */
  readonly time: string;
  /** The same as a reading of `performance.now()`, which no change of the system's clock moves. */
  readonly end: number;
  readonly waitedMs: number;
}

/** Reads the `deadline` of a call. A number could be meant as a time or as a duration, so it is neither. @throws TypeError `invalid-option` */
export function parseUntil(deadline: CallOptions['deadline']): Until | undefined {
  if (deadline === undefined) return undefined;
  const time = deadline instanceof Date ? deadline : parseTime(deadline, 'deadline');
  return { time: time.toISOString(), end: performance.now() + (time.getTime() - Date.now()), waitedMs: 0 };
}

/** What a report says when the deadline passed before something was done. */
export function deadlineProblem({ time, waitedMs }: Until, before: string): Problem {
  const waited = waitedMs < 1 ? '' : `; the question had waited ${Math.round(waitedMs)} ms for its turn`;
  return { code: 'deadline', message: `the deadline ${time} passed before ${before}${waited}` };
}

/** The same problem as an error, for an answer without a verdict. */
export function deadlineError(problem: Problem, cause?: unknown): SigtrailError {
  return new SigtrailError('deadline', problem.message, { cause });
}

/** The result of the work, or the value of `late` as soon as the deadline passes. */
export async function before<T>(until: Until | undefined, work: Promise<T>, late: (until: Until) => T): Promise<T> {
  return until === undefined ? work : inTime(work, until.end - performance.now(), () => late(until));
}
