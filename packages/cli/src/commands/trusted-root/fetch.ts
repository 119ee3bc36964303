import type { Command } from 'commander';
import type { CommandContext } from '../../command.ts';
import type { ExitCode } from '../../exit-code.ts';
import { durationOf } from '../../options.ts';
import { type FileFlags, withFileFlag, writeResult } from '../../output.ts';
import { readBytes } from '../../read-input.ts';
import { UsageError } from '../../usage-error.ts';
import { warnOn } from '../../warnings.ts';
import type { Surroundings } from '../../command.ts';
import { withTraceFlag } from '../../detail-flags.ts';

interface Flags extends FileFlags {
  readonly mirror?: string;
  readonly root?: string;
  readonly cache?: string;
  readonly timeout?: string;
}

/** `sigtrail trusted-root fetch`: the newest trusted root of a TUF repository, as a file. */
export function addFetchRoot(parent: Command, { exit, ...streams }: CommandContext): void {
  withFileFlag(withTraceFlag(parent.command('fetch')))
    .description(
      'fetch the newest trusted root of a TUF repository; its signatures are checked from a root of trust on',
    )
    .option('--mirror <url>', 'the TUF repository; default: the public-good instance; another one needs --root')
    .option('--root <file>', 'root.json that trust in --mirror begins with')
    .option('--cache <directory>', 'where it is kept between runs')
    .option('-t, --timeout <duration>', 'deadline, for example 30s')
    .action(async (flags: Flags) => exit(await fetchRoot(flags, streams)));
}

async function fetchRoot(flags: Flags, { defaults, ...streams }: Surroundings): Promise<ExitCode> {
  const { mirror, root: rootFile, cache: cacheDirectory, timeout } = flags;
  if (mirror !== undefined && rootFile === undefined)
    throw new UsageError('--mirror needs --root: the root.json that trust in this mirror begins with');
  const given = rootFile === undefined ? undefined : await readBytes('--root', rootFile);
  // Only now: the TUF client is slow to load.
  const { tufTrust } = await import('sigtrail/trust');
  const { root, source } = await tufTrust({
    ...(mirror === undefined ? defaults.tuf : { mirror }),
    ...(given === undefined ? {} : { root: given }),
    ...(cacheDirectory === undefined ? {} : { cacheDirectory }),
    ...(timeout === undefined ? {} : { timeoutMs: durationOf(timeout) }),
  })(new Date());
  await writeResult(root.original, flags, streams.stdout);
  const warn = warnOn(streams);
  warn(`trusted root ${root.digest} from ${source.name}, to be fetched again before ${source.expires ?? 'it expires'}`);
  if (source.warning !== undefined) warn(`warning: ${source.warning}`);
  return source.warning === undefined ? 0 : 14;
}
