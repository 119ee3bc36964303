import { type Job, Queue, QueueEvents } from 'bullmq';
import { connect, QUEUE, queuePrefix } from './connection.ts';
import type { FleetSettings } from './fleet-options.ts';
import type { SealedQuestion } from './question.ts';

/** What the queues tell of a job. An answer is never in it: that is in the answers, under a seal. */
export interface JobNews {
  readonly shard: number;
  readonly jobId: string;
  /** Why the job failed for good. */
  readonly failed?: string;
}

/** A job to be added. */
export interface NewJob {
  readonly jobId: string;
  readonly data: SealedQuestion;
  readonly tries: number;
}

/** The queues of a fleet, for those who ask. */
export interface Queues {
  readonly queues: readonly Queue[];
  /** Adds jobs, each once: one that is there already stays as it is. */
  add(shard: number, jobs: readonly NewJob[], turn: Turn): Promise<void>;
  find(shard: number, jobId: string): Promise<Job | undefined>;
  listen(listener: (news: JobNews) => void): () => void;
  close(): Promise<void>;
}

/** Which turn the next job of one asker has, in each queue. */
export type Turn = Map<number, number>;

/** BullMQ's highest. Beyond it jobs are taken first in, first out. */
const LAST_TURN = 2 ** 21 - 1;

/** Opens the queues. */
export function openQueues(fleet: FleetSettings): Queues {
  const connection = connect(fleet);
  const telemetry = fleet.telemetry === undefined ? {} : { telemetry: fleet.telemetry };
  const queues = Array.from({ length: fleet.shards }, (_, shard) => {
    const queue = new Queue(QUEUE, { connection, prefix: queuePrefix(fleet.prefix, shard), ...telemetry });
    queue.on('error', (error) => fleet.outage.failed(`queue ${String(shard)}`, error));
    return queue;
  });
  const listeners = new Set<(news: JobNews) => void>();
  const tell = (news: JobNews): void => {
    for (const listener of listeners) listener(news);
  };
  let events: readonly QueueEvents[] = [];
  const queueOf = (shard: number): Queue => {
    const queue = queues[shard];
    if (queue === undefined) throw new RangeError(`no queue ${String(shard)}`);
    return queue;
  };
  const startEvents = (): readonly QueueEvents[] =>
    queues.map((_, shard) => {
      const one = new QueueEvents(QUEUE, { connection, prefix: queuePrefix(fleet.prefix, shard) });
      one.on('completed', ({ jobId }) => tell({ shard, jobId }));
      one.on('failed', ({ jobId, failedReason }) => tell({ shard, jobId, failed: failedReason }));
      one.on('error', (error) => fleet.outage.failed(`events of queue ${String(shard)}`, error));
      return one;
    });
  return {
    queues,
    add: async (shard, jobs, turn) => {
      const queue = queueOf(shard);
      // Askers take turns: each job of one is a turn later than its last, and a newcomer begins with whose turn it is now.
      const [first] = await queue.getPrioritized(0, 0);
      const begin = Math.max(turn.get(shard) ?? 1, first?.priority ?? 1);
      turn.set(shard, first === undefined ? 1 + jobs.length : begin + jobs.length);
      await queue.addBulk(
        jobs.map(({ jobId, data, tries }, index) => ({
          name: QUEUE,
          data,
          opts: {
            jobId,
            attempts: tries,
            backoff: { type: 'custom' },
            removeOnComplete: true,
            priority: Math.min(LAST_TURN, (first === undefined ? 1 : begin) + index),
          },
        })),
      );
    },
    find: async (shard, jobId) => queueOf(shard).getJob(jobId),
    listen: (listener) => {
      if (events.length === 0) events = startEvents();
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: async () => {
      await Promise.all([...events, ...queues].map(async (one) => one.close()));
      connection.disconnect();
    },
  };
}
