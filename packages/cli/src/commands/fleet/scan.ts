import type { Command } from 'commander';
import type { DueRun, FleetOptions, ScanOptions } from '@sigtrail/fleet';
import type { PolicyAnswer, PolicyMap } from '@sigtrail/gate';
import { createVerifier, type ImageOutcome, type ImagePolicy, type Report } from 'sigtrail';
import { toCosignJson } from 'sigtrail/report';
import type { CommandContext, Surroundings } from '../../command.ts';
import { askAboutEach } from '../../each-reference.ts';
import type { ExitCode } from '../../exit-code.ts';
import {
  type FleetFlags,
  fleetOf,
  requireFleet,
  fleetTrustOf,
  type FleetTrustFlags,
  withFleetFlags,
  withFleetTrust,
} from '../../fleet-flags.ts';
import { loadFleet, readFleetMap } from '../../fleet-package.ts';
import { untilTold } from '../../until-told.ts';
import { registryOptionsOf } from '../../options.ts';
import { type OutputFlags, withOutputFlags } from '../../output.ts';
import { referencesOf } from '../../reference-list.ts';
import { type RegistryFlags, withRegistryFlags } from '../../registry-flags.ts';
import { type DetailFlags, withDetailFlags } from '../../detail-flags.ts';
import { UsageError } from '../../usage-error.ts';
import { warnOn } from '../../warnings.ts';
import { VERIFY_FORMATS } from '../../write-report.ts';

interface Flags extends FleetFlags, FleetTrustFlags, RegistryFlags, OutputFlags, DetailFlags {
  readonly policyMap: string;
  readonly scan?: string;
  readonly every?: string;
  readonly timeZone: string;
  readonly fromStores?: boolean;
  readonly account?: string;
}

/** `sigtrail fleet scan <file>`: without `--redis`, this process does it all, with the same results. */
export function addScan(parent: Command, { exit, ...streams }: CommandContext): void {
  const reaching = withRegistryFlags(withFleetTrust(withFleetFlags(parent.command('scan'))));
  withOutputFlags(withDetailFlags(reaching), VERIFY_FORMATS)
    .description('verify the images of a list, each by the policy that a map names for it')
    .argument('<file>', 'the list, one reference a line; - is standard input')
    .requiredOption('--policy-map <file>', 'which policy each image must meet')
    .option('--scan <name>', 'the name of the scan, new for each: begun again under it, a scan goes on; needs --redis')
    .option(
      '--every <cron>',
      'scan whenever it is due, as in a crontab: "0 3 * * *"; needs --redis, and --scan for a name',
    )
    .option('--time-zone <name>', 'of --every', 'UTC')
    .option('--account <name>', 'ask workers with this --account: only they answer; needs --redis')
    .option('--from-stores', 'ask no registry: judge again what workers with --keep-evidence-days kept; needs --redis')
    .action(async (file: string, flags: Flags) => exit(await scanOrWait(file, flags, streams)));
}

async function scanOrWait(file: string, flags: Flags, streams: Surroundings): Promise<ExitCode> {
  const { every, scan: name, timeZone } = flags;
  if (every === undefined) return scan(file, flags, streams);
  if (name === undefined) throw new UsageError('--every needs --scan, the name of the schedule');
  if (file === '-') throw new UsageError('--every reads the list again for each scan: name a file');
  const { openFleet, reachRedis } = await loadFleet();
  const options = await requireFleet(flags, warnOn(streams));
  await reachRedis(options);
  const fleet = openFleet(options);
  try {
    // The list and the map are read anew for each scan.
    const schedule = await fleet.schedule({ name, cron: every, timeZone }, async (due) => {
      const code = await scan(file, { ...flags, scan: due.scan }, streams, due);
      warnOn(streams)(`${due.scan}: exit code ${String(code)}`);
    });
    streams.stderr(`waiting for the next scan, ${schedule.nextAt()?.toISOString() ?? 'never'} (${name})\n`);
    await untilTold();
    await schedule.close();
    return 0;
  } finally {
    await fleet.close();
  }
}

async function scan(file: string, flags: Flags, streams: Surroundings, due?: DueRun): Promise<ExitCode> {
  const warn = warnOn(streams);
  const { references, notes } = await (file === '-' ? referencesOf(['-'], {}) : referencesOf([], { images: file }));
  const map = await readFleetMap(flags.policyMap);
  const fleet = await fleetOf(flags, warn);
  if (fleet === undefined && flags.scan !== undefined)
    throw new UsageError('--scan needs --redis: this process keeps nothing');
  if (fleet === undefined && flags.fromStores === true)
    throw new UsageError('--from-stores needs --redis: this process keeps nothing');
  if (fleet === undefined && flags.account !== undefined)
    throw new UsageError('--account needs --redis: it says which workers answer');
  notes.forEach(warn);
  const outcomes = async (some: readonly string[]) =>
    fleet === undefined ? alone(some, map, flags, streams) : byFleet(some, map, fleet, { flags, warn, due });
  const all = await outcomes(references);
  return askAboutEach(
    references,
    {
      most: 1,
      askAll: () => all,
      // A list of one image prints its whole report.
      ask: async (): Promise<Report> => {
        const next = await all.next();
        if (next.done === true) throw new Error('a scan without an outcome');
        if (next.value.kind === 'report') return next.value.report;
        throw new UsageError(`${next.value.reference}: ${next.value.problem.message} [${next.value.problem.code}]`);
      },
      toCosign: (report) =>
        report.verdict === 'verified' && report.kind !== 'attestations' ? `\n${toCosignJson(report)}\n` : '',
    },
    flags,
    streams,
  );
}

type Outcomes = AsyncGenerator<ImageOutcome, void, undefined>;

/** Everything in this process. */
async function* alone(
  references: readonly string[],
  map: PolicyMap,
  flags: Flags,
  { stderr, defaults }: Surroundings,
): Outcomes {
  const trust = (await fleetTrustOf(flags)) ?? defaults.trust;
  const registry = await registryOptionsOf(flags, warnOn({ stderr }));
  await using verifier = createVerifier({ ...registry, ...(trust === undefined ? {} : { trust }) });
  yield* verifier.verifyMany(references, (image) => {
    if (image.kind !== 'registry') throw new Error('a layout on disk has no policy in a map');
    return policyIn(map.policyFor(image.reference, new Date())).policy;
  });
}

/** By the workers of a fleet. */
async function* byFleet(
  references: readonly string[],
  map: PolicyMap,
  options: FleetOptions,
  {
    flags,
    warn,
    due,
  }: { readonly flags: Flags; readonly warn: (line: string) => void; readonly due: DueRun | undefined },
): Outcomes {
  const { openFleet, reachRedis, FleetError } = await loadFleet();
  const trust = await fleetTrustOf(flags);
  const { registry } = await registryOptionsOf(flags, warn);
  // Another process that continues a due run asks the same questions.
  const now = due?.dueAt ?? new Date();
  const question: ScanOptions = {
    scan: flags.scan ?? `scan ${now.toISOString()} ${String(process.pid)}`,
    policies: policiesOf(map),
    policyFor: (image) => {
      try {
        return policyIn(map.policyFor(image, now)).name;
      } catch (cause) {
        throw new FleetError('no-policy', cause instanceof Error ? cause.message : 'no policy', { cause });
      }
    },
    asOf: now,
    from: flags.fromStores === true ? 'stores' : 'registries',
    ...(flags.account === undefined ? {} : { account: flags.account }),
    ...(due === undefined ? {} : { signal: due.signal }),
    ...(trust === undefined ? {} : { trust }),
    ...(registry === undefined ? {} : { registry }),
  };
  if (due === undefined) await reachRedis(options);
  const fleet = openFleet(options);
  try {
    yield* fleet.scan(references, question);
  } finally {
    await fleet.close();
  }
}

/** The policies of a map by the names that workers know them by. */
export function policiesOf(map: PolicyMap): Readonly<Record<string, ImagePolicy>> {
  return Object.fromEntries(map.policies.map(({ name, policy }) => [name, policy]));
}

function policyIn(answer: PolicyAnswer): { readonly name: string; readonly policy: ImagePolicy } {
  switch (answer.decision) {
    case 'policy':
      return { name: answer.policyName, policy: answer.policy };
    case 'exception':
      throw new Error(
        `an exception lets the image run unverified until ${answer.until} (${answer.reason}): a scan verifies nothing of it`,
      );
    case 'refused':
      throw new Error(answer.message);
  }
}
