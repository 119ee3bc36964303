import type { Command } from 'commander';
import type { TriangulateOptions } from 'sigtrail/triangulate';
import { registryOptionsOf } from './options.ts';
import type { VerifyFlags } from './verify-flags.ts';
import { platformsOf } from './platforms-of.ts';
import { UsageError } from './usage-error.ts';

/** Flags of the commands that look and don't judge. */
export interface TriangulateFlags extends Pick<VerifyFlags, 'allowHttpRegistry' | 'allowInsecureRegistry' | 'timeout'> {
  readonly attachmentTagPrefix?: string;
  readonly attachmentRepository?: string;
  readonly platform?: string;
}

/** Adds the flags that say where to look. */
export function withPlaces(command: Command): Command {
  return command
    .argument('<ref>', 'registry reference, or oci:DIR[:tag|@digest]')
    .option('--attachment-tag-prefix <text>', 'what stands before sha256-….sig')
    .option(
      '--attachment-repository <repo>',
      'where what is attached is kept; default: $COSIGN_REPOSITORY, else beside the image',
    )
    .option('--allow-http-registry', 'weakens: plain http for any registry')
    .option('--allow-insecure-registry', 'weakens: the same')
    .option('-t, --timeout <duration>', 'deadline, for example 30s');
}

/** The options that the flags mean. */
export function triangulateOptionsOf(flags: TriangulateFlags, warn: (line: string) => void): TriangulateOptions {
  for (const [flag, value] of [
    ['--attachment-tag-prefix', flags.attachmentTagPrefix],
    ['--attachment-repository', flags.attachmentRepository],
    ['--platform', flags.platform],
  ])
    if (value === '') throw new UsageError(`${flag} is empty; leave it out`);
  const prefix = flags.attachmentTagPrefix;
  if (prefix !== undefined && !/^\w[\w.-]*$/.test(prefix))
    throw new UsageError(`--attachment-tag-prefix must be the beginning of a tag, got ${JSON.stringify(prefix)}`);
  const { registry, timeoutMs } = registryOptionsOf(flags, warn);
  const elsewhere = flags.attachmentRepository ?? process.env['COSIGN_REPOSITORY'];
  return {
    ...(registry === undefined ? {} : { registry }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(prefix === undefined ? {} : { tagPrefix: prefix }),
    ...(elsewhere === undefined || elsewhere === '' ? {} : { repositories: elsewhere }),
    ...(flags.platform === undefined ? {} : { platforms: platformsOf(flags.platform) }),
  };
}
