import type { Command } from 'commander';
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
import { loadFleet, readFleetMap } from '../../fleet-package.ts';
import { registryOptionsOf } from '../../options.ts';
import { type RegistryFlags, withRegistryFlags } from '../../registry-flags.ts';
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
}

/** `sigtrail fleet worker`: answers until it is told to stop. */
export function addWorker(parent: Command, { exit, ...streams }: CommandContext): void {
  withRegistryFlags(withFleetTrust(withFleetFlags(parent.command('worker'))))
    .description('answer the questions of a fleet until SIGTERM or SIGINT')
    .requiredOption('--policy-map <file>', 'the map that scans are asked by: the same file')
    .option('--concurrency <n>', 'questions at a time', '16')
    .option(
      '--account <name>',
      'a name for the credentials of this worker: a registry counts requests for each account',
    )
    .option('--keep-evidence-days <n>', 'keep what answers rest on, for scans --from-stores; unless given: not')
    .option('--grace-seconds <n>', 'how long it may finish what it has when it is told to stop', '20')
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
  const { startWorker } = await loadFleet();
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
  });
  const told = untilTold();
  await worker.ready();
  streams.stderr('working\n');
  await told;
  await worker.close({ graceMs: graceSeconds * 1000 });
  return 0;
}
