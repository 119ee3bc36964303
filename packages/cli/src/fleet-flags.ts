import type { Command } from 'commander';
import type { FleetOptions } from '@sigtrail/fleet';
import type { TrustedRoot } from 'sigtrail/trust';
import { optionGroup } from './option-group.ts';
import { readInput } from './read-input.ts';
import { collect, readRoots, TRUSTED_ROOT_HELP } from './trust-flags.ts';
import { UsageError } from './usage-error.ts';

/** Flags that say which fleet. */
export interface FleetFlags {
  readonly redis?: string;
  readonly fleetKey?: string;
  readonly prefix?: string;
  readonly shards?: string;
}

/** Adds them to a command. */
export function withFleetFlags(command: Command): Command {
  return optionGroup(command, 'Fleet', (grouped) =>
    grouped
      .option('--redis <url>', 'Redis or Valkey of the fleet: redis://host:6379, rediss://…; default: $SIGTRAIL_REDIS')
      .option(
        '--fleet-key <file>',
        'at least 32 random bytes in base64, which all workers and askers have: openssl rand -base64 32',
      )
      .option('--prefix <name>', 'before every key in Redis; fleets with different names share nothing', 'sigtrail')
      .option('--shards <n>', 'how many queues there are; the same for workers and askers', '1'),
  );
}

/** The fleet that the flags name; `undefined` where they name none. */
export async function fleetOf(flags: FleetFlags, warn: (line: string) => void): Promise<FleetOptions | undefined> {
  // An address may hold a password, which other users of a machine see in a command line.
  const redis = flags.redis ?? process.env['SIGTRAIL_REDIS'];
  if (redis === undefined || redis === '') {
    if (flags.fleetKey !== undefined) throw new UsageError('--fleet-key needs --redis, or SIGTRAIL_REDIS');
    return undefined;
  }
  if (flags.fleetKey === undefined)
    throw new UsageError(
      '--redis needs --fleet-key: give the file that the workers have; a new fleet makes one with openssl rand -base64 32',
    );
  const key = Buffer.from((await readInput('--fleet-key', flags.fleetKey)).trim(), 'base64');
  if (key.byteLength < 32)
    throw new UsageError(
      `--fleet-key ${flags.fleetKey} holds ${String(key.byteLength)} bytes; expected 32 or more, in base64`,
    );
  return {
    redis,
    key: new Uint8Array(key),
    shards: numberOf('--shards', flags.shards ?? '1'),
    prefix: flags.prefix ?? 'sigtrail',
    onWarning: (message) => warn(`warning: ${message}`),
  };
}

/** For commands that are nothing without one. */
export async function requireFleet(flags: FleetFlags, warn: (line: string) => void): Promise<FleetOptions> {
  const fleet = await fleetOf(flags, warn);
  if (fleet === undefined)
    throw new UsageError('name the Redis of the fleet: --redis redis://host:6379 --fleet-key FILE');
  return fleet;
}

/** The trusted root that workers and askers hold alike. */
export interface FleetTrustFlags {
  readonly trustedRoot?: readonly string[];
}

/** Adds `--trusted-root`. A root that is kept fresh would differ between machines: hand out a file. */
export function withFleetTrust(command: Command): Command {
  return optionGroup(command, 'Whom to trust', (grouped) =>
    grouped.option('--trusted-root <[profile=]file>', TRUSTED_ROOT_HELP, collect),
  );
}

/** The trusted root of the flag; `undefined` is the embedded one. */
export async function fleetTrustOf({ trustedRoot }: FleetTrustFlags): Promise<TrustedRoot | undefined> {
  if (trustedRoot === undefined) return undefined;
  const { trustRoot } = await import('sigtrail/trust');
  const roots = await Promise.all(
    (await readRoots(trustedRoot, undefined)).map(async ({ file, profile }) =>
      trustRoot.fromJson(await readInput('--trusted-root', file), profile),
    ),
  );
  const [first, ...others] = roots;
  return first === undefined || others.length > 0 ? trustRoot.combine(roots) : first;
}

/** A whole number of a flag. */
export function numberOf(flag: string, text: string): number {
  if (!/^[1-9][0-9]{0,6}$/.test(text))
    throw new UsageError(`${flag} must be a positive number, got ${JSON.stringify(text)}`);
  return Number(text);
}
