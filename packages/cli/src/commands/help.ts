import { suggestName } from '@sigtrail/encoding';
import type { Command } from 'commander';
import type { CommandContext } from '../command.ts';
import { UsageError } from '../usage-error.ts';

/** `sigtrail help [command]`: what `--help` of that command prints. */
export function addHelp({ command, exit }: CommandContext): void {
  command('help')
    .description('the help of a command')
    .argument('[command...]', 'for example verify, or rekor get')
    .action((names: readonly string[], _flags: object, self: Command) => {
      const found = names.reduce<Command | null>(below, self.parent);
      found?.outputHelp();
      exit(0);
    });
}

function below(parent: Command | null, name: string): Command | null {
  const commands = parent?.commands ?? [];
  const found = commands.find((one) => one.name() === name);
  if (found !== undefined) return found;
  const names = commands.map((one) => one.name());
  throw new UsageError(
    names.length === 0
      ? `${parent?.name() ?? ''} has no commands of its own`
      : `there is no command ${JSON.stringify(name)}; ${suggestName(name, names)}`,
  );
}
