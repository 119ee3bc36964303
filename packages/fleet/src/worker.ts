import { inTime } from '@sigtrail/encoding';
import { DelayedError, type Job, UnrecoverableError, Worker } from 'bullmq';
import { isSigtrailError, type ImageReport } from 'sigtrail';
import { type Answer, createAnswers } from './answers.ts';
import { connect, connectQuickly, QUEUE, queuePrefix } from './connection.ts';
import { isFleetError } from './error.ts';
import { failureOf } from './failure.ts';
import { createLeases } from './lease.ts';
import { createOutage } from './outage.ts';
import { isOfOtherVersion, openQuestion, type Question } from './question.ts';
import { createRegistryGate } from './registry-gate.ts';
import { isWorthAnotherTry, retryAfterMsOf, RetryLater, tryAgainAfterMs } from './retry-later.ts';
import { createSeal } from './seal.ts';
import { createJudge } from './judge.ts';
import { createVerifiers } from './verifiers.ts';
import { measuredGate, type Postponement } from './worker-metrics.ts';
import { parseWorkerOptions, type WorkerOptions } from './worker-options.ts';

/** A worker of a fleet. */
export interface FleetWorker extends AsyncDisposable {
  /** Resolves when the queues are connected. */
  ready(): Promise<void>;
  /** Takes no further job, finishes those that it has within the time, gives back those that are left, and closes its connections. */
  close(options?: { readonly graceMs?: number }): Promise<void>;
}

/** A job that this worker has, under its lock. */
interface Taken {
  readonly job: Job;
  readonly token: string | undefined;
}

/** How often a job is given to another worker because its own was lost, before it is set aside as what kills workers. */
const MOST_LOSSES = 20;
/** How long a job waits for a worker that has its policy, trusted root and version. */
const WAIT_FOR_WORKER_MS = 600_000;
/** How long a worker that stops has for taking its leave of Redis. */
const LEAVE_MS = 2000;
/** Registries that the metrics tell apart. */
const MOST_HOSTS = 1000;
/** Dead letters. */
export const KEEP_DEAD_MS: number = 7 * 24 * 3_600_000;
const MOST_DEAD = 10_000;

/**
 * Starts a worker: it takes questions from the queues of a fleet, answers each by one verifier that lives as long as the worker, and leaves the whole report for the asker.
 *
 * Nothing but a report that this worker made says `verified`: what fails, stalls, or can't be written ends as a later try, or as a dead letter.
 *
 * @throws TypeError `unknown-option`, `invalid-option`, `not-data`
 * @example
 * const worker = startWorker({ redis: 'redis://127.0.0.1:6379', key, policies: { release: policy } });
 * process.once('SIGTERM', () => void worker.close({ graceMs: 20_000 }));
 */
export function startWorker(options: WorkerOptions): FleetWorker {
  const settings = parseWorkerOptions(options);
  const { fleet, concurrency, lockMs, evidence, account, limits, metrics } = settings;
  const redis = connect(fleet);
  const quick = connectQuickly(fleet);
  const stores =
    evidence === fleet.redis
      ? quick
      : connectQuickly({ redis: evidence, outage: createOutage(evidence, fleet.onWarning) });
  const named = new Set<string>();
  const gate = measuredGate(createRegistryGate(quick, fleet.prefix, { limits, account }), metrics, named);
  const leases = createLeases(quick, fleet.prefix, {
    holdMs: settings.timeoutMs,
    patienceMs: settings.timeoutMs / 2,
    pollMs: 50,
  });
  const verifiers = createVerifiers(settings, stores, gate);
  const judge = createJudge(settings, verifiers, stores);
  const answers = createAnswers(redis, fleet.prefix, createSeal(fleet, 'answer'), fleet.onWarning);
  const seal = createSeal(fleet, 'question');
  const giving = new AbortController();

  /** Gives the job to the next worker; this does not count as a try. */
  const giveBack = async ({ job, token }: Taken, afterMs: number, why: Postponement): Promise<DelayedError> => {
    metrics.postponed(why);
    await job.moveToDelayed(Date.now() + Math.ceil(afterMs), token);
    return new DelayedError();
  };
  /** For a worker that has what this one lacks. Old and new workers can run beside each other; a job that no worker can answer is set aside. */
  const leaveToOthers = async (taken: Taken, lacking: string): Promise<Error> => {
    const { job } = taken;
    // Redis could say anything for the time, also what is no number.
    if (!(Date.now() - job.timestamp <= WAIT_FOR_WORKER_MS)) return withoutAnswer(job, `no worker ${lacking}`);
    const afterMs = Math.min(10_000, 100 * 2 ** Math.min(job.attemptsStarted, 10)) * (0.5 + Math.random() / 2);
    return giveBack(taken, afterMs, 'for-another-worker');
  };
  /** The job is set aside, and its asker finds out why from the reason. */
  const withoutAnswer = (job: Job, reason: string): UnrecoverableError => {
    metrics.answered({ kind: 'problem', problem: failureOf(reason) }, Date.now() - job.timestamp);
    return new UnrecoverableError(reason);
  };

  const evaluate = async (question: Question, token: string | undefined, job: Job): Promise<ImageReport> => {
    if (question.account !== account)
      throw await leaveToOthers({ job, token }, `has the account "${question.account}", which the question names`);
    const held = settings.policies.get(question.policy.name);
    if (held?.hash !== question.policy.hash || settings.trust.digest !== question.trust)
      throw await leaveToOthers({ job, token }, 'has the policy and the trusted root that the question names');
    if (question.from === 'stores') return judge.askStores(question, held.policy);
    const host = hostOf(question.reference);
    if (named.size < MOST_HOSTS) named.add(host);
    const pausedMs = gate.pausedMs(host);
    // A place of a worker is not for waiting: others could use it for another registry.
    if (pausedMs > 500) throw await giveBack({ job, token }, pausedMs + Math.random() * 500, 'registry-paused');
    const release = await leases.take(question.reference, giving.signal);
    try {
      return await judge.ask(question, held.policy, giving.signal);
    } finally {
      await release();
    }
  };

  const answerIn =
    (shard: number) =>
    async (job: Job, token?: string): Promise<void> => {
      if (isOfOtherVersion(job.data)) throw await leaveToOthers({ job, token }, 'knows the version of the job');
      let question: Question;
      try {
        question = openQuestion(job.id, job.data, seal);
      } catch (error) {
        if (isFleetError(error)) throw withoutAnswer(job, error.message);
        throw error;
      }
      const put = async (answer: Answer, keepMs: number): Promise<void> => {
        await answers.put(shard, String(job.id), answer, keepMs);
        metrics.answered(answer, Date.now() - job.timestamp);
      };
      let report: ImageReport;
      try {
        report = await evaluate(question, token, job);
      } catch (error) {
        if (giving.signal.aborted) throw await giveBack({ job, token }, 0, 'stopping');
        // What a registry is like is in the report; this is a question that can't be asked.
        if (!isSigtrailError(error) || error.code === 'closed' || error.code === 'overloaded') throw error;
        const { code, message } = error;
        await put({ kind: 'problem', problem: { code, message } }, KEEP_DEAD_MS);
        throw new UnrecoverableError(`${code}: ${message}`);
      }
      // What isn't in the stores now is not there later.
      if (report.verdict === 'indeterminate' && question.from === undefined && isWorthAnotherTry(report)) {
        if (job.attemptsMade + 1 < (job.opts.attempts ?? 1)) {
          metrics.postponed('unreadable');
          throw new RetryLater(report, retryAfterMsOf(report));
        }
        await put({ kind: 'report', report }, KEEP_DEAD_MS);
        throw new UnrecoverableError(`indeterminate: ${report.problems[0]?.message ?? 'not everything could be read'}`);
      }
      await put({ kind: 'report', report }, settings.keepAnswersMs);
    };

  const workers = Array.from({ length: fleet.shards }, (_, shard) => {
    const worker = new Worker(QUEUE, answerIn(shard), {
      connection: redis,
      prefix: queuePrefix(fleet.prefix, shard),
      concurrency: Math.ceil(concurrency / fleet.shards),
      lockDuration: lockMs,
      stalledInterval: lockMs,
      maxStalledCount: MOST_LOSSES,
      removeOnComplete: { count: 0 },
      removeOnFail: { age: KEEP_DEAD_MS / 1000, count: MOST_DEAD },
      settings: { backoffStrategy: tryAgainAfterMs },
      ...(fleet.telemetry === undefined ? {} : { telemetry: fleet.telemetry }),
    });
    worker.on('error', (error) => fleet.outage.failed(`queue ${String(shard)}`, error));
    return worker;
  });

  /** Without Redis, a worker can neither give back its jobs nor take its leave. */
  const cutOff = (): void => {
    fleet.onWarning('the worker ends without Redis: other workers get its jobs when its locks end');
    for (const worker of workers)
      worker.disconnect().catch((error: unknown) => {
        fleet.onWarning(error instanceof Error ? error.message : 'a connection could not be ended');
      });
  };
  const close = async ({ graceMs = 20_000 }: { readonly graceMs?: number } = {}): Promise<void> => {
    const timer = setTimeout(() => giving.abort(new Error('the worker stops')), graceMs);
    const closing = Promise.all(workers.map(async (worker) => worker.close())).then(() => true);
    const hasLeft = await inTime(closing, graceMs + LEAVE_MS, () => false);
    clearTimeout(timer);
    if (!hasLeft) cutOff();
    await verifiers.close();
    for (const connection of new Set([redis, quick, stores])) connection.disconnect();
  };
  return {
    ready: async () => {
      await Promise.all(workers.map(async (worker) => worker.waitUntilReady()));
    },
    close,
    [Symbol.asyncDispose]: async () => close(),
  };
}

/** The host that is asked about a reference. */
function hostOf(reference: string): string {
  const [host = ''] = reference.split('/');
  return host === 'index.docker.io' ? 'registry-1.docker.io' : host;
}
