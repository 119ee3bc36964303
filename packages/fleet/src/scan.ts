import type { OciClient } from 'oci-client-lite';
import type { Answer, Answers } from './answers.ts';
import { createResolver, questionOf } from './ask.ts';
import { isFleetError } from './error.ts';
import { failureOf } from './failure.ts';
import { jobIdOf, type Question, sealQuestion } from './question.ts';
import type { JobNews, Queues, Turn } from './queues.ts';
import type { ScanOutcome, ScanSettings } from './scan-options.ts';
import type { Seal } from './seal.ts';
import { shardOf } from './shard.ts';

/** What a scan works with. */
export interface ScanTools {
  readonly queues: Queues;
  readonly answers: Answers;
  readonly seal: Seal;
  readonly client: OciClient;
  readonly onWarning: (message: string) => void;
}

/** A question on its way, and who waits for the answer. */
interface Pending {
  readonly jobId: string;
  readonly shard: number;
  readonly question: Question;
  readonly references: string[];
  lookedAt: number;
  /** How often the queue was found to have neither the job nor the answer. */
  losses: number;
}

/** A queue that loses a job so often has something else wrong with it. */
const MOST_LOSSES = 10;
/** Jobs that were asked for within so many milliseconds of each other go to Redis together. */
const GATHER_MS = 5;
const MOST_AT_ONCE = 200;

/** The outcomes of all references, in the order in which they come. */
export async function* scanIn(
  references: Iterable<string> | AsyncIterable<string>,
  settings: ScanSettings,
  { queues, answers, seal, client, onWarning }: ScanTools,
): AsyncGenerator<ScanOutcome, void, undefined> {
  const pending = new Map<string, Pending>();
  const turn: Turn = new Map();
  const resolve = createResolver(client, settings);
  const done: ScanOutcome[] = [];
  const looks = new Map<string, string | undefined>();
  let onWay = 0;
  let isOver = false;
  let failure: { readonly error: unknown } | undefined;
  let wake = (): void => undefined;
  let news = new Promise<void>((resolve) => {
    wake = resolve;
  });
  const tell = (): void => {
    wake();
    news = new Promise((resolve) => {
      wake = resolve;
    });
  };
  const fail = (error: unknown): void => {
    failure ??= { error };
    tell();
  };
  const conclude = (reference: string, outcome: Answer): void => {
    onWay -= 1;
    done.push(
      outcome.kind === 'report'
        ? { kind: 'report', reference, report: outcome.report }
        : { kind: 'problem', reference, problem: outcome.problem },
    );
    tell();
  };
  const deliver = (one: Pending, answer: Answer): void => {
    // The same question may have been answered and asked once more meanwhile: that one has askers of its own.
    if (pending.get(one.jobId) !== one) return;
    pending.delete(one.jobId);
    for (const reference of one.references) conclude(reference, answer);
  };

  /** Delivers what is answered, and returns the rest. */
  const look = async (some: readonly Pending[]): Promise<readonly Pending[]> => {
    for (const one of some) one.lookedAt = performance.now();
    const shards = byShard(some);
    const open = await Promise.all(
      [...shards].map(async ([shard, ofShard]) => {
        const found = await answers.find(
          shard,
          ofShard.map(({ jobId }) => jobId),
        );
        return ofShard.filter((one) => {
          const answer = found.get(one.jobId);
          if (answer !== undefined) deliver(one, answer);
          return answer === undefined;
        });
      }),
    );
    return open.flat();
  };
  /** What a full Redis refuses stays here, and is tried again when it was silent for a while. */
  const enqueue = async (some: readonly Pending[]): Promise<void> => {
    await Promise.all(
      [...byShard(some)].map(async ([shard, ofShard]) => {
        const jobs = ofShard.map(({ jobId, question }) => ({
          jobId,
          data: sealQuestion(question, seal),
          tries: settings.tries,
        }));
        try {
          await queues.add(shard, jobs, turn);
        } catch (error) {
          for (const one of ofShard) one.losses -= 1;
          onWarning(`queue ${String(shard)} took no jobs: ${error instanceof Error ? error.message : 'unknown error'}`);
        }
      }),
    );
  };
  /** The queue says that a job is done, or nothing was heard of it for a while. Only an answer under the seal is an answer. */
  const lookAfter = async (some: readonly Pending[]): Promise<void> => {
    for (const one of await look(some)) {
      const job = await queues.find(one.shard, one.jobId);
      if (pending.get(one.jobId) !== one) continue;
      const failed = looks.get(one.jobId) ?? ((await job?.isFailed()) === true ? (job?.failedReason ?? '') : undefined);
      if (failed !== undefined) deliver(one, { kind: 'problem', problem: failureOf(failed) });
      else if (job === undefined) await askAgain(one);
    }
  };
  const askAgain = async (one: Pending): Promise<void> => {
    // It may have been answered and removed since the answers were looked at.
    const [still] = await look([one]);
    if (still === undefined) return;
    one.losses += 1;
    if (one.losses > MOST_LOSSES)
      deliver(one, {
        kind: 'problem',
        problem: { code: 'unanswered', message: 'the queue lost the job again and again' },
      });
    else await enqueue([one]);
  };

  const gathered: Pending[] = [];
  const ask = async (): Promise<void> => {
    for (let some = gathered.splice(0, MOST_AT_ONCE); some.length > 0; some = gathered.splice(0, MOST_AT_ONCE))
      // The answer may be there from before the asker died.
      await enqueue(await look(some));
  };
  const gather = every(GATHER_MS, ask, fail);
  const begin = async (reference: string): Promise<void> => {
    let question: Question;
    try {
      question = await questionOf(reference, settings, resolve);
    } catch (error) {
      if (!isFleetError(error)) throw error;
      const { code, message } = error;
      conclude(reference, { kind: 'problem', problem: { code, message } });
      return;
    }
    const jobId = jobIdOf(question);
    const known = pending.get(jobId);
    if (known !== undefined) {
      known.references.push(reference);
      return;
    }
    const shard = shardOf(question.reference, queues.queues.length);
    const one: Pending = { jobId, shard, question, references: [reference], lookedAt: performance.now(), losses: 0 };
    pending.set(jobId, one);
    gathered.push(one);
    gather.soon();
  };
  const feed = async (): Promise<void> => {
    for await (const reference of references) {
      while (onWay >= settings.window && !hasEnded()) await news;
      if (hasEnded()) return;
      onWay += 1;
      begin(reference).catch(fail);
    }
    isOver = true;
    tell();
  };
  let isLeft = false;
  const hasEnded = (): boolean => isLeft || failure !== undefined;

  const heard = every(
    GATHER_MS,
    async () => {
      const some = [...looks.keys()].flatMap((jobId) => pending.get(jobId) ?? []);
      await lookAfter(some);
      for (const { jobId } of some) looks.delete(jobId);
    },
    fail,
  );
  const stopListening = queues.listen(({ jobId, failed }: JobNews) => {
    if (!pending.has(jobId)) return;
    looks.set(jobId, failed);
    heard.soon();
  });
  const sweep = setInterval(() => {
    const before = performance.now() - settings.lookAgainMs;
    const silent = [...pending.values()].filter((one) => one.lookedAt < before && !gathered.includes(one));
    lookAfter(silent.slice(0, MOST_AT_ONCE)).catch(fail);
  }, settings.lookAgainMs);
  const onAbort = (): void => fail(settings.signal?.reason);
  settings.signal?.addEventListener('abort', onAbort, { once: true });
  try {
    settings.signal?.throwIfAborted();
    feed().catch(fail);
    for (;;) {
      const next = done.shift();
      if (next !== undefined) {
        yield next;
        continue;
      }
      if (failure !== undefined) throw failure.error;
      if (isOver && onWay === 0) return;
      await news;
    }
  } finally {
    isLeft = true;
    tell();
    settings.signal?.removeEventListener('abort', onAbort);
    clearInterval(sweep);
    stopListening();
  }
}

/** Work that is done a moment after it was asked for, once for all who asked, and one after the other. */
function every(ms: number, work: () => Promise<void>, fail: (error: unknown) => void): { readonly soon: () => void } {
  let isPlanned = false;
  let last = Promise.resolve();
  return {
    soon: () => {
      if (isPlanned) return;
      isPlanned = true;
      setTimeout(() => {
        isPlanned = false;
        last = last.then(work).catch(fail);
      }, ms);
    },
  };
}

function byShard(some: readonly Pending[]): ReadonlyMap<number, readonly Pending[]> {
  const shards = new Map<number, Pending[]>();
  for (const one of some) shards.set(one.shard, [...(shards.get(one.shard) ?? []), one]);
  return shards;
}
