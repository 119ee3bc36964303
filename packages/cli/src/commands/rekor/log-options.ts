import { createRekor, isLogAlarm, isRekorError, parseLogKey, type Rekor, type TrustedLog } from '@sigtrail/rekor';
import type { Command } from 'commander';
import { PUBLIC_GOOD_ROOT, type TrustedRoot, trustRoot } from 'sigtrail/trust';
import type { Defaults } from '../../defaults.ts';
import { durationOf } from '../../options.ts';
import { type OutputFlags, withOutputFlags } from '../../output.ts';
import { readInput } from '../../read-input.ts';
import { collect, readRoots, TRUSTED_ROOT_HELP } from '../../trust-flags.ts';
import { UsageError } from '../../usage-error.ts';

/** Flags that name the log and the trusted keys. */
export interface LogFlags extends OutputFlags {
  readonly rekorUrl: string;
  readonly rekorPublicKey?: readonly string[];
  readonly trustedRoot?: string | readonly string[];
  readonly timeout?: string;
}

/** Adds the flags that every log command has. */
export function withLogOptions(
  { rekorUrl }: Defaults,
  command: Command,
  formats: readonly [string, ...string[]] = ['text', 'json'],
): Command {
  const reaching = command
    .option('--rekor-url <url>', 'address of the log', rekorUrl)
    .option(
      '--rekor-public-key <file>',
      'PEM or verifier key of the log, instead of a trusted root; repeatable',
      collect,
    )
    .option('--trusted-root <[profile=]file>', TRUSTED_ROOT_HELP, collect)
    .option('-t, --timeout <duration>', 'deadline, for example 30s');
  return withOutputFlags(reaching, formats);
}

/** Trust anchors of a log command: keys never come from the log. */
export interface LogTrust {
  readonly logs: readonly TrustedLog[];
  readonly root: TrustedRoot;
}

/** Reads the trusted keys. */
export async function trustOf(flags: LogFlags, defaults: Defaults): Promise<LogTrust> {
  const root = trustRoot.combine(await rootsOf(flags.trustedRoot, defaults));
  if (flags.rekorPublicKey === undefined) return { logs: root.transparencyLogs, root };
  const keys = flags.rekorPublicKey.map(async (file) => {
    const text = await readInput('--rekor-public-key', file);
    return parseInput('--rekor-public-key', file, () => parseLogKey(text));
  });
  return { logs: await Promise.all(keys), root };
}

async function rootsOf(given: LogFlags['trustedRoot'], { trust }: Defaults): Promise<readonly TrustedRoot[]> {
  if (given === undefined) return [trust ?? trustRoot.fromJson(PUBLIC_GOOD_ROOT)];
  const roots = await readRoots(given, undefined);
  return Promise.all(
    roots.map(async ({ file, profile }) => trustRoot.fromJson(await readInput('--trusted-root', file), profile)),
  );
}

/** A client of the log that the flags name. */
export function openLog(flags: LogFlags, { logs }: LogTrust): Rekor {
  const timeoutMs = flags.timeout === undefined ? {} : { timeoutMs: durationOf(flags.timeout) };
  return createRekor({ url: flags.rekorUrl, trust: logs, userAgent: 'sigtrail', ...timeoutMs });
}

/** Parses the content of a file that the user named: a mistake in it is the user's, while the same mistake in an answer is the log's. */
export function parseInput<T>(flag: string, file: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!isRekorError(error) || isLogAlarm(error)) throw error;
    throw new UsageError(`${flag} ${file}: ${error.message}`);
  }
}
