import type { Command } from 'commander';
import type { TriangulateOptions } from 'sigtrail/triangulate';
import { registryOptionsOf } from './options.ts';
import { type PlaceFlags, placesOf, withPlaceFlags } from './places.ts';
import { type RegistryFlags, withRegistryFlags } from './registry-flags.ts';
import type { VerifyFlags } from './verify-flags.ts';
import { platformsOf } from './platforms-of.ts';
import { UsageError } from './usage-error.ts';
import { withTraceFlag } from './detail-flags.ts';

/** Flags of the commands that look without a verdict. */
export interface TriangulateFlags extends PlaceFlags, RegistryFlags, Pick<VerifyFlags, 'timeout'> {
  readonly platform?: string;
}

/** Adds the flags that say where to look. */
export function withPlaces(command: Command): Command {
  return withTraceFlag(withRegistryFlags(withPlaceFlags(command)))
    .argument('<ref>', 'registry reference, or oci:DIR[:tag|@digest], or oci-archive:FILE')
    .option('-t, --timeout <duration>', 'deadline, for example 30s');
}

/** The options that the flags stand for. */
export async function triangulateOptionsOf(
  flags: TriangulateFlags,
  warn: (line: string) => void,
): Promise<TriangulateOptions> {
  if (flags.platform === '') throw new UsageError('--platform is empty; leave it out');
  const { registry, timeoutMs } = await registryOptionsOf(flags, warn);
  return {
    ...(registry === undefined ? {} : { registry }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...placesOf(flags),
    ...(flags.platform === undefined ? {} : { platforms: platformsOf(flags.platform) }),
  };
}
