import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { type DueTimes, lastTimeBefore } from './due-time.ts';
import type { Seal } from './seal.ts';

/** What is watched. */
export interface WatchedSchedule extends Pick<DueTimes, 'cron' | 'timeZone'> {
  readonly name: string;
  /** How late a run may begin before that is a warning. */
  readonly graceMs: number;
}

/** Sees to it that Redis holds a schedule, and that its runs begin. */
export interface ScheduleWatch {
  /** Writes the schedule if Redis doesn't hold it, and warns of a run that no asker has begun. */
  look(): Promise<void>;
  /** Tells the other askers that this one has begun a run. */
  begun(dueMs: number): Promise<void>;
}

/** Watches a schedule, as its asker. */
export function watchSchedule(
  queue: Queue,
  redis: Redis,
  seal: Seal,
  { name, cron, timeZone, graceMs, onWarning }: WatchedSchedule & { readonly onWarning: (message: string) => void },
): ScheduleWatch {
  const keyOf = (dueMs: number): string => queue.toKey(`begun:${String(dueMs)}`);
  const textOf = (dueMs: number): string => `${name} ${String(dueMs)}`;
  let settledMs = Date.now();
  let wasWritten = false;
  const isHeld = async (): Promise<boolean> => {
    const held = await queue.getJobScheduler(name);
    if (held?.next === undefined || held.pattern !== cron || held.tz !== timeZone) return false;
    return (await queue.getJob(`repeat:${name}:${String(held.next)}`)) !== undefined;
  };
  const write = async (): Promise<void> => {
    // This would remove a run that is due and waits for an asker, so what Redis holds stays as it is.
    if (await isHeld()) return;
    await queue.upsertJobScheduler(
      name,
      { pattern: cron, tz: timeZone },
      { name: 'scan', opts: { removeOnComplete: true, removeOnFail: true } },
    );
    if (wasWritten) onWarning(`schedule ${name}: Redis had lost it, and has it again`);
  };
  const hasBegun = async (dueMs: number): Promise<boolean> => {
    const mark = await redis.get(keyOf(dueMs));
    return mark !== null && seal.holds(textOf(dueMs), mark);
  };
  return {
    look: async () => {
      await write();
      wasWritten = true;
      const dueMs = lastTimeBefore(Date.now() - graceMs, cron, timeZone);
      if (dueMs === undefined || dueMs <= settledMs) return;
      settledMs = dueMs;
      if (await hasBegun(dueMs)) return;
      const [due, seconds] = [new Date(dueMs).toISOString(), String(graceMs / 1000)];
      onWarning(`schedule ${name}: no asker had begun the run of ${due} ${seconds} s after it was due`);
    },
    begun: async (dueMs) => {
      settledMs = Math.max(settledMs, dueMs);
      await redis.set(keyOf(dueMs), seal.mark(textOf(dueMs)), 'PX', 10 * graceMs);
    },
  };
}
