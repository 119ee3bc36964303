import { checkOptions, expecting, optionError, type OptionTable } from '@sigtrail/encoding';
import { DelayedError, type Job, Queue, Worker } from 'bullmq';
import { connect } from './connection.ts';
import { lastTimeBefore, nextTime, whyNotDue } from './due-time.ts';
import { type FleetSettings, isCount, requireText } from './fleet-options.ts';
import { watchSchedule } from './schedule-watch.ts';
import { createSeal } from './seal.ts';

/** When something is due, again and again. */
export interface ScheduleOptions {
  /** The name of the schedule. All askers that hold it must give it the same times. */
  readonly name: string;
  /** As in a crontab: `0 3 * * *` is each night at three. Six fields begin with seconds. */
  readonly cron: string;
  /** As IANA names it, such as `Europe/Berlin`. `UTC` */
  readonly timeZone?: string;
  /** A run that could not begin by then is left out: all askers were away. A day, in milliseconds. */
  readonly latestMs?: number;
  /**
   * After so long without a word of its asker, a run is given to another one. As often, each asker looks whether Redis still holds the schedule, and whether a run that was due so long ago
   * has begun. 30,000 ms.
   */
  readonly lockMs?: number;
}

/** One run that is due. */
export interface DueRun {
  /** The name of its scan: the schedule's name and the due time, so that another process that continues the run has the same name. */
  readonly scan: string;
  readonly dueAt: Date;
  /** Aborts when this asker is told to stop: another one then goes on. */
  readonly signal: AbortSignal;
}

/** A schedule that this asker holds. */
export interface Schedule extends AsyncDisposable {
  /** When its next run is due; `undefined` if there is no such time. */
  nextAt(): Date | undefined;
  /** Begins no further run, and leaves the one that goes on to another asker. */
  close(): Promise<void>;
}

const DOOR = 'fleet.schedule';
const DAY_MS = 86_400_000;
const LOSSES_OF_ONE_RUN = 100;

const SCHEDULE_OPTIONS: OptionTable<ScheduleOptions> = {
  name: expecting('a name of letters, digits, "-" and "_"', (value) => /^[\w-]{1,64}$/.test(String(value))),
  // The parser would fill in a field that was forgotten: "0 3 * *" would be each minute of an hour.
  cron: expecting(
    'the five fields of a crontab, such as "0 3 * * *", or six that begin with seconds',
    (value) => typeof value === 'string' && /^\S+(?: +\S+){4,5}$/.test(value),
  ),
  timeZone: expecting('the name of a time zone', (value) => typeof value === 'string'),
  latestMs: expecting('a whole number of milliseconds', (value) => isCount(value, 1000, 7 * DAY_MS)),
  lockMs: expecting('a whole number of milliseconds, 1000 or more', (value) => isCount(value, 1000, 3_600_000)),
};

/**
 * Holds a schedule, until it is closed. Of all askers that hold it, one has each run; when it dies, another one has the same run again, under the same name of its scan, and
 * so finds the answers that are there.
 *
 * Redis only says that a run is due. What is scanned, and by which policies, the askers know themselves.
 */
export async function startSchedule(
  fleet: FleetSettings,
  options: ScheduleOptions,
  run: (due: DueRun) => Promise<void>,
): Promise<Schedule> {
  checkOptions(options, SCHEDULE_OPTIONS, DOOR);
  const { name, cron, timeZone = 'UTC', latestMs = DAY_MS, lockMs = 30_000 } = options;
  requireText(name, 'name', DOOR);
  requireText(cron, 'cron', DOOR);
  try {
    lastTimeBefore(Date.now(), cron, timeZone);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'unknown reason';
    throw optionError('invalid-option', `${DOOR}: "${cron}" in ${timeZone} is no time: ${reason}`);
  }
  const warn = (message: string): void => fleet.onWarning(`schedule ${name}: ${message}`);
  const connection = connect(fleet);
  const bullmq = { connection, prefix: `{${fleet.prefix}:schedules}` };
  const queue = new Queue(name, bullmq);
  queue.on('error', (error) => fleet.outage.failed(`schedule ${name}`, error));
  const watch = watchSchedule(queue, connection, createSeal(fleet, 'run'), {
    name,
    cron,
    timeZone,
    graceMs: lockMs,
    onWarning: fleet.onWarning,
  });
  try {
    await watch.look();
  } catch (error) {
    await queue.close();
    connection.disconnect();
    throw error;
  }
  const warnOf = (error: unknown): void => warn(error instanceof Error ? error.message : 'unknown reason');
  const stopping = new AbortController();
  const ended = new Set<number>();
  const remember = (dueMs: number): void => {
    // Older ones are left out for their age.
    for (const other of ended) if (other < Date.now() - latestMs) ended.delete(other);
    ended.add(dueMs);
  };
  const worker = new Worker(
    name,
    async (job, token) => {
      const dueMs = dueMsOf(job);
      const why = whyNotDue(dueMs, { cron, timeZone, latestMs }, ended);
      if (why !== undefined) {
        warn(`a run is left out: it ${why}`);
        return;
      }
      const dueAt = new Date(dueMs);
      watch.begun(dueMs).catch(warnOf);
      try {
        await run({ scan: `${name} ${dueAt.toISOString()}`, dueAt, signal: stopping.signal });
      } catch (error) {
        if (stopping.signal.aborted) {
          await job.moveToDelayed(Date.now(), token);
          throw new DelayedError();
        }
        remember(dueMs);
        throw error;
      }
      remember(dueMs);
    },
    { ...bullmq, concurrency: 1, lockDuration: lockMs, stalledInterval: lockMs, maxStalledCount: LOSSES_OF_ONE_RUN },
  );
  worker.on('error', (error) => fleet.outage.failed(`schedule ${name}`, error));
  worker.on('failed', (job, error) =>
    warn(`the run of ${new Date(dueMsOf(job)).toISOString()} failed: ${error.message}`),
  );
  // A Redis that forgot everything would otherwise be silent for good.
  let looking = Promise.resolve();
  const lookAgain = (): void => {
    looking = looking.then(watch.look).catch(warnOf);
  };
  const timer = setInterval(lookAgain, lockMs);
  connection.on('ready', lookAgain);
  const close = async (): Promise<void> => {
    clearInterval(timer);
    connection.off('ready', lookAgain);
    stopping.abort(new Error('the schedule was closed'));
    await Promise.all([worker.close(), looking]);
    await queue.close();
    connection.disconnect();
  };
  const nextAt = (): Date | undefined => {
    const nextMs = nextTime(cron, timeZone);
    return nextMs === undefined ? undefined : new Date(nextMs);
  };
  return { nextAt, close, [Symbol.asyncDispose]: close };
}

/** BullMQ names each run by its scheduler and when it is due. */
function dueMsOf(job: Pick<Job, 'id'> | undefined): number {
  return Number(/:(\d{1,15})$/.exec(job?.id ?? '')?.[1] ?? 0);
}
