import type { Command } from 'commander';
import type { FleetOptions, WorkerMetrics } from '@sigtrail/fleet';
import type { CommandContext, Surroundings } from '../../command.ts';
import type { ExitCode } from '../../exit-code.ts';
import {
  type FleetFlags,
  fleetTrustOf,
  type FleetTrustFlags,
  numberOf,
  requireFleet,
  withFleetFlags,
  withFleetTrust,
} from '../../fleet-flags.ts';
import { loadFleet, loadMetrics, readFleetMap } from '../../fleet-package.ts';
import { registryOptionsOf } from '../../options.ts';
import { type RegistryFlags, withRegistryFlags } from '../../registry-flags.ts';
import { UsageError } from '../../usage-error.ts';
import { warnOn } from '../../warnings.ts';
import { untilTold } from '../../until-told.ts';
import { policiesOf } from './scan.ts';

const DAY_MS = 86_400_000;

interface Flags extends FleetFlags, FleetTrustFlags, RegistryFlags {
  readonly policyMap: string;
  readonly concurrency: string;
  readonly graceSeconds: string;
  readonly account?: string;
  readonly keepEvidenceDays?: string;
  readonly metricsPort?: string;
  readonly metricsHost?: string;
}

/** `sigtrail fleet worker`: answers until it is told to stop. */
export function addWorker(parent: Command, { exit, ...streams }: CommandContext): void {
  withRegistryFlags(withFleetTrust(withFleetFlags(parent.command('worker'))))
    .description('answer the questions of a fleet until SIGTERM or SIGINT')
    .requiredOption('--policy-map <file>', 'the map that scans are asked by: the same file')
    .option('--concurrency <n>', 'questions at a time', '16')
    .option(
      '--account <name>',
      'a name for the credentials of this worker; it answers only scans with the same --account',
    )
    .option('--keep-evidence-days <n>', 'keep what answers rest on, for scans --from-stores; unless given: not')
    .option('--grace-seconds <n>', 'how long it may finish what it has when it is told to stop', '20')
    .option('--metrics-port <port>', 'serve metrics for Prometheus at /metrics')
    .option('--metrics-host <address>', 'of this machine; 0.0.0.0 for all of its addresses; default: 127.0.0.1')
    .action(async (flags: Flags) => exit(await work(flags, streams)));
}

async function work(flags: Flags, streams: Surroundings): Promise<ExitCode> {
  const warn = warnOn(streams);
  const options = await requireFleet(flags, warn);
  const [concurrency, graceSeconds] = [
    numberOf('--concurrency', flags.concurrency),
    numberOf('--grace-seconds', flags.graceSeconds),
  ];
  const map = await readFleetMap(flags.policyMap);
  const { startWorker, reachRedis } = await loadFleet();
  await reachRedis(options);
  const metrics = await metricsOf(flags, options);
  const trust = await fleetTrustOf(flags);
  const { registry } = await registryOptionsOf(flags, warn);
  const worker = startWorker({
    ...options,
    policies: policiesOf(map),
    concurrency,
    ...(flags.keepEvidenceDays === undefined
      ? {}
      : { keepEvidenceMs: numberOf('--keep-evidence-days', flags.keepEvidenceDays) * DAY_MS }),
    ...(flags.account === undefined ? {} : { account: flags.account }),
    ...(trust === undefined ? {} : { trust }),
    ...(registry === undefined ? {} : { registry }),
    ...(metrics === undefined ? {} : { metrics: metrics.metrics }),
  });
  const told = untilTold();
  await worker.ready();
  streams.stderr(metrics === undefined ? 'working\n' : `working; metrics are at ${metrics.url}\n`);
  await told;
  await worker.close({ graceMs: graceSeconds * 1000 });
  await metrics?.close();
  return 0;
}

/** What Prometheus is served, and how that ends. */
interface ServedMetrics {
  readonly metrics: WorkerMetrics;
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** The metrics that the flags ask for. */
async function metricsOf(
  { metricsPort, metricsHost }: Flags,
  options: FleetOptions,
): Promise<ServedMetrics | undefined> {
  if (metricsPort === undefined) {
    if (metricsHost !== undefined) throw new UsageError('--metrics-host needs --metrics-port');
    return undefined;
  }
  const port = numberOf('--metrics-port', metricsPort);
  if (port > 65_535) throw new UsageError(`--metrics-port must be at most 65535, got ${metricsPort}`);
  const [{ openFleet }, { createFleetMetrics, serveMetrics }] = await Promise.all([loadFleet(), loadMetrics()]);
  const fleet = openFleet(options);
  const metrics = createFleetMetrics({ status: async () => fleet.status() });
  const close = async (): Promise<void> => {
    metrics.close();
    await fleet.close();
  };
  try {
    const server = await serveMetrics(metrics, { port, ...(metricsHost === undefined ? {} : { host: metricsHost }) });
    return { metrics, url: server.url, close: async () => void (await Promise.all([server.close(), close()])) };
  } catch (error) {
    await close();
    throw new UsageError(
      `--metrics-port ${metricsPort}: ${error instanceof Error ? error.message : 'can’t be served'}`,
    );
  }
}
