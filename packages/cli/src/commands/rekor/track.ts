import type { Command } from 'commander';
import type { ImageTrack } from 'sigtrail';
import { timelineOf, trackImage } from 'sigtrail/track';
import type { CommandContext } from '../../command.ts';
import type { ExitCode } from '../../exit-code.ts';
import { historyIn } from './history.ts';
import { trackingOptionsOf } from '../../options.ts';
import { type OutputFlags, withOutputFlags, writeResult } from '../../output.ts';
import { type PlaceFlags, placesOf, withPlaceFlags } from '../../places.ts';
import { type TrustFlags, withTrustFlags } from '../../trust-flags.ts';
import { type RegistryFlags, withRegistryFlags } from '../../registry-flags.ts';
import { UsageError } from '../../usage-error.ts';
import { warnOn } from '../../warnings.ts';
import { withTraceFlag } from '../../detail-flags.ts';

interface TrackFlags extends TrustFlags, PlaceFlags, RegistryFlags, OutputFlags {
  readonly rekorUrl?: string;
  readonly rekorLog?: string;
  readonly scan: string;
  readonly timeline?: boolean;
  readonly timeout?: string;
}

/** `sigtrail rekor track <ref>`: every entry about an image, beside what the registry has. */
export function addTrack(parent: Command, { exit, stdout, stderr, defaults }: CommandContext): void {
  withOutputFlags(withTraceFlag(withRegistryFlags(withPlaceFlags(withTrustFlags(parent.command('track'))))), [
    'text',
    'json',
    'html',
  ])
    .description('every log entry about an image, beside what the registry has')
    .argument('<ref>', 'registry reference, or oci:DIR[:tag|@digest], or oci-archive:FILE')
    .option('--rekor-url <url>', 'ask this log only; default: every log of the trusted root')
    .option(
      '--rekor-log <url>',
      'which log of the trusted root answers at --rekor-url, where it has another address there',
    )
    .option('--scan <count>', 'Rekor v2: how many of its newest entries to read', '0')
    .option('--timeline', 'who signed over time, and what changed, instead of every entry')
    .option('-t, --timeout <duration>', 'deadline, for example 30s')
    .action(async (reference: string, flags: TrackFlags) => {
      const scanEntries = Number(flags.scan);
      if (!Number.isSafeInteger(scanEntries) || scanEntries < 0)
        throw new UsageError('--scan must be a number of entries');
      if (flags.rekorLog !== undefined && flags.rekorUrl === undefined)
        throw new UsageError('--rekor-log needs --rekor-url');
      const { rekorUrl: url, rekorLog: log } = flags;
      const result = await trackImage(reference, {
        ...(await trackingOptionsOf(flags, warnOn({ stderr }), defaults)),
        ...placesOf(flags),
        scanEntries,
        ...(url === undefined ? {} : { logs: [{ url, ...(log === undefined ? {} : { log }) }] }),
      });
      const shown = flags.timeline === true ? timelineOf([result]) : result;
      await writeResult(await historyIn(shown, flags.output), flags, stdout);
      exit(exitCodeOf(result));
    });
}

/** 0 log and registry agree · 14 not all could be told · 20 one side knows what the other does not · 30 the log misbehaves. */
function exitCodeOf({ alarms, problems, reconciliation }: ImageTrack): ExitCode {
  if (alarms.length > 0) return 30;
  if (reconciliation.loggedNotInRegistry.length + reconciliation.inRegistryNotLogged.length > 0) return 20;
  return problems.length + reconciliation.undecided.length > 0 ? 14 : 0;
}
