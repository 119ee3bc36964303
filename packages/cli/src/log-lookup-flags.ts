import type { Command } from 'commander';
import { optionGroup } from './option-group.ts';
import type { LogLookup } from 'sigtrail';
import { UsageError } from './usage-error.ts';

/** Flags about asking a log. */
export interface LogLookupFlags {
  readonly logLookup?: boolean;
  readonly rekorUrl?: string;
  readonly rekorLog?: string;
  readonly offline?: boolean;
}

/** Adds them to a command. */
export function withLogLookupFlags(command: Command): Command {
  return optionGroup(command, 'Asking a log', (grouped) =>
    grouped
      .option(
        '--log-lookup',
        'ask logs for the entries of signatures that carry none; tells them what is verified here',
      )
      .option(
        '--rekor-url <url>',
        'ask this log for the entries of signatures that carry none; default: no log, or with --log-lookup every log of the trusted root',
      )
      .option('--rekor-log <url>', 'which log of the trusted root answers at --rekor-url'),
  );
}

/** The lookup that the flags ask for: none without the loud flag, whatever address is given. */
export function logLookupOf(flags: LogLookupFlags): { readonly log?: LogLookup } {
  const { logLookup, rekorUrl: url, rekorLog: log, offline } = flags;
  if (log !== undefined && url === undefined) throw new UsageError('--rekor-log needs --rekor-url');
  // An address that the command line names is asked, as cosign asks it; with --offline, cosign asks no log.
  if (logLookup !== true && (url === undefined || offline === true)) return {};
  if (offline === true) throw new UsageError('--offline and --log-lookup exclude each other');
  if (url !== undefined && !['http:', 'https:'].includes(URL.parse(url)?.protocol ?? ''))
    throw new UsageError(`--rekor-url must be an http(s) URL, got ${JSON.stringify(url)}`);
  return {
    log: { lookup: true, ...(url === undefined ? {} : { logs: [{ url, ...(log === undefined ? {} : { log }) }] }) },
  };
}
