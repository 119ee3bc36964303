import type { Answer, Answers } from './answers.ts';
import { isFleetError } from './error.ts';
import { failureOf } from './failure.ts';
import { openQuestion, type Question } from './question.ts';
import type { Queues } from './queues.ts';
import type { Seal } from './seal.ts';

/** Where the jobs of a fleet are. */
export interface FleetStatus {
  readonly queues: readonly QueueStatus[];
  /** Connected workers; each counts once. */
  readonly workers: number;
}

/** Where the jobs of one queue are. */
export interface QueueStatus {
  readonly shard: number;
  readonly waiting: number;
  readonly active: number;
  /** Jobs that wait for their registry, or for a worker that can answer them. */
  readonly delayed: number;
  /** Dead letters. */
  readonly failed: number;
}

/** A job that was set aside. */
export interface DeadLetter {
  readonly jobId: string;
  /** Missing where the job can't be read: Redis, or somebody who writes to it, made it up. */
  readonly question?: Question;
  readonly failedAt: Date;
  /** The whole report where there is one, else why there is none. */
  readonly answer: Answer;
}

/** Counts the jobs. */
export async function statusOf({ queues }: Queues): Promise<FleetStatus> {
  const counts = await Promise.all(
    queues.map(async (queue, shard): Promise<QueueStatus> => {
      const {
        waiting = 0,
        prioritized = 0,
        active = 0,
        delayed = 0,
        failed = 0,
      } = await queue.getJobCounts('waiting', 'prioritized', 'active', 'delayed', 'failed');
      return { shard, waiting: waiting + prioritized, active, delayed, failed };
    }),
  );
  // Every worker is at every queue.
  return { queues: counts, workers: (await queues[0]?.getWorkersCount()) ?? 0 };
}

/** Reads what was set aside. */
export async function deadLettersIn(
  { queues }: Queues,
  answers: Answers,
  seal: Seal,
  most: number,
): Promise<readonly DeadLetter[]> {
  const letters = await Promise.all(
    queues.map(async (queue, shard) => {
      const jobs = await queue.getFailed(0, most - 1);
      const found = await answers.find(
        shard,
        jobs.map(({ id }) => String(id)),
      );
      return jobs.map((job): DeadLetter => {
        const question = readQuestion(job.id, job.data, seal);
        return {
          jobId: String(job.id),
          ...(question === undefined ? {} : { question }),
          failedAt: new Date(job.finishedOn ?? job.timestamp),
          answer: found.get(String(job.id)) ?? { kind: 'problem', problem: failureOf(job.failedReason) },
        };
      });
    }),
  );
  return letters
    .flat()
    .toSorted((one, other) => other.failedAt.getTime() - one.failedAt.getTime())
    .slice(0, most);
}

function readQuestion(jobId: string | undefined, data: unknown, seal: Seal): Question | undefined {
  try {
    return openQuestion(jobId, data, seal);
  } catch (error) {
    if (isFleetError(error)) return undefined;
    throw error;
  }
}
