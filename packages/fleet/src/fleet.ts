import { createOciClient } from 'oci-client-lite';
import { createAnswers } from './answers.ts';
import { connect, connectQuickly } from './connection.ts';
import { FleetError } from './error.ts';
import { type FleetOptions, parseFleetOptions } from './fleet-options.ts';
import { type DeadLetter, deadLettersIn, type FleetStatus, statusOf } from './fleet-status.ts';
import { openQueues } from './queues.ts';
import { createRegistryGate } from './registry-gate.ts';
import { parseScanOptions, type ScanOptions, type ScanOutcome } from './scan-options.ts';
import { scanIn } from './scan.ts';
import { type DueRun, type Schedule, type ScheduleOptions, startSchedule } from './schedule.ts';
import { createSeal } from './seal.ts';

/** A fleet, for those who ask it. */
export interface Fleet extends AsyncDisposable {
  /**
   * Asks about many images, and yields what came of each reference, in the order in which the answers come.
   *
   * @throws TypeError `unknown-option`, `invalid-option`, `not-data`; FleetError `closed`
   */
  scan(
    references: Iterable<string> | AsyncIterable<string>,
    options: ScanOptions,
  ): AsyncGenerator<ScanOutcome, void, undefined>;
  /**
   * Has a run begun whenever it is due, by one of the askers that hold the schedule: give `scan` of it to a scan. What `run` throws is told to `onWarning`; the next run comes
   * in its time.
   *
   * @throws TypeError `unknown-option`, `invalid-option`; FleetError `closed`
   * @example
   * await fleet.schedule({ name: 'nightly', cron: '0 3 * * *' }, async ({ scan, signal }) => {
   *   for await (const outcome of fleet.scan(references, { scan, signal, policies, policyFor })) keep(outcome);
   * });
   */
  schedule(options: ScheduleOptions, run: (due: DueRun) => Promise<void>): Promise<Schedule>;
  /** How many jobs are where, and which workers there are. */
  status(): Promise<FleetStatus>;
  /** The jobs that were set aside, the latest first, with their reports. */
  deadLetters(options?: { readonly most?: number }): Promise<readonly DeadLetter[]>;
  close(): Promise<void>;
}

/**
 * Opens a fleet: workers of the same Redis, key and prefix answer.
 *
 * @throws TypeError `unknown-option`, `invalid-option`
 * @example
 * await using fleet = openFleet({ redis: 'redis://127.0.0.1:6379', key });
 * for await (const outcome of fleet.scan(references, { scan: 'nightly 2026-11-30', policies, policyFor: () => 'release' }))
 *   console.log(outcome.reference, outcome.kind === 'report' ? outcome.report.verdict : outcome.problem.code);
 */
export function openFleet(options: FleetOptions): Fleet {
  const settings = parseFleetOptions(options, 'openFleet');
  const { prefix, onWarning } = settings;
  const redis = connect(settings);
  const quick = connectQuickly(settings);
  const queues = openQueues(settings);
  const answers = createAnswers(redis, prefix, createSeal(settings, 'answer'), onWarning);
  const seal = createSeal(settings, 'question');
  let isClosed = false;
  const scan = async function* (
    references: Iterable<string> | AsyncIterable<string>,
    given: ReturnType<typeof parseScanOptions>,
  ): AsyncGenerator<ScanOutcome, void, undefined> {
    const { limits, account, registry } = given;
    const gate = createRegistryGate(quick, prefix, { limits, account });
    const client = createOciClient({ ...registry, gate });
    try {
      yield* scanIn(references, given, { queues, answers, seal, client, onWarning });
    } finally {
      await client.close();
    }
  };
  const close = async (): Promise<void> => {
    isClosed = true;
    await queues.close();
    redis.disconnect();
    quick.disconnect();
  };
  return {
    scan: (references, scanOptions) => {
      if (isClosed) throw new FleetError('closed', 'the fleet was closed');
      return scan(references, parseScanOptions(scanOptions));
    },
    schedule: async (scheduleOptions, run) => {
      if (isClosed) throw new FleetError('closed', 'the fleet was closed');
      return startSchedule(settings, scheduleOptions, run);
    },
    status: async () => statusOf(queues),
    deadLetters: async ({ most = 100 } = {}) => deadLettersIn(queues, answers, seal, most),
    close,
    [Symbol.asyncDispose]: close,
  };
}
