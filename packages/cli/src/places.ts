import type { Command } from 'commander';
import { optionGroup } from './option-group.ts';
import { UsageError } from './usage-error.ts';

/** Flags that say where what is attached to an image is kept. */
export interface PlaceFlags {
  readonly attachmentTagPrefix?: string;
  readonly attachmentRepository?: string;
}

/** Where to look, as every question about an image takes it. */
export interface Places {
  readonly repositories?: string;
  readonly tagPrefix?: string;
}

/** Adds the flags to a command. Every command that looks for signatures has them, and hands them to `placesOf`. */
export function withPlaceFlags(command: Command): Command {
  return optionGroup(command, 'Where signatures are kept', (grouped) =>
    grouped
      .option('--attachment-tag-prefix <text>', 'prefix before sha256-….sig')
      .option(
        '--attachment-repository <repo>',
        'where attachments are kept; default: $COSIGN_REPOSITORY, else beside the image',
      ),
  );
}

/** The one reader of `COSIGN_REPOSITORY`: a command that didn't ask here would call an image unsigned whose signatures are elsewhere. */
export function placesOf({ attachmentTagPrefix: tagPrefix, attachmentRepository }: PlaceFlags): Places {
  for (const [flag, value] of [
    ['--attachment-tag-prefix', tagPrefix],
    ['--attachment-repository', attachmentRepository],
  ])
    if (value === '') throw new UsageError(`${flag} is empty; leave it out`);
  if (tagPrefix !== undefined && !/^\w[\w.-]*$/.test(tagPrefix))
    throw new UsageError(`--attachment-tag-prefix must be the beginning of a tag, got ${JSON.stringify(tagPrefix)}`);
  // An empty variable is one that is not set.
  const repositories = attachmentRepository ?? (process.env['COSIGN_REPOSITORY'] || undefined);
  return {
    ...(repositories === undefined ? {} : { repositories }),
    ...(tagPrefix === undefined ? {} : { tagPrefix }),
  };
}
