import type { Command } from 'commander';
import { COSIGN_FLAGS } from './cosign-flags.ts';
import { optionGroup } from './option-group.ts';
import { UsageError } from './usage-error.ts';

/** The heading of flags that only cosign's lines have. */
export const FROM_COSIGN = 'Taken from cosign lines';

const REFUSED = COSIGN_FLAGS.filter(({ here }) => here === 'refused');

/** Flags of a line that may be cosign's. */
export interface CosignLineFlags {
  readonly output?: string;
}

/** Adds the flags of cosign's that no other group has: taken as cosign means them, or to be refused by {@link checkCosignLine}. */
export function withCosignFlags(command: Command): Command {
  const added = optionGroup(command, FROM_COSIGN, (grouped) => {
    grouped
      .option('-d, --debug', 'the same as --verbose')
      .option('--private-infrastructure', 'weakens: the same as --insecure-ignore-tlog');
    for (const { name, takes } of REFUSED)
      grouped.option(`--${name}${takes === undefined ? '' : ` ${takes}`}`, 'refused, with what to do instead');
    return grouped;
  });
  return added
    .on('option:debug', () => added.setOptionValue('verbose', true))
    .on('option:private-infrastructure', () => added.setOptionValue('insecureIgnoreTlog', true));
}

/** Refuses what can't be followed, and says whose JSON comes where the line could be cosign's: its flags alone, and `-o json`. */
export function checkCosignLine(command: Command, warn: (line: string) => void): void {
  const given = command.options.filter((option) => command.getOptionValueSource(option.attributeName()) === 'cli');
  const names = new Set(given.map(({ long }) => long?.slice(2) ?? ''));
  const refused = REFUSED.find(({ name }) => names.has(name));
  if (refused !== undefined) throw new UsageError(`--${refused.name}: ${refused.difference ?? ''}`);
  const { output } = command.opts<CosignLineFlags>();
  const known = new Set(COSIGN_FLAGS.map(({ name }) => name));
  if (output === 'json' && [...names].every((name) => known.has(name) || COUNTERPARTS.has(name)))
    warn('note: --output json is sigtrail’s report; --output cosign prints the JSON that cosign prints');
}

/** What our own definitions add for a flag of cosign's. */
const COUNTERPARTS: ReadonlySet<string> = new Set(['debug', 'no-check-claims']);
