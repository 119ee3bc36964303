import type { Command } from 'commander';

/** Adds options under a heading of their own in the help; what is added later stands under "Options:" again. */
export function optionGroup(command: Command, heading: string, add: (command: Command) => Command): Command {
  return add(command.optionsGroup(`${heading}:`)).optionsGroup('Options:');
}
