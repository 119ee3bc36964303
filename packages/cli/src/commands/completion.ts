import type { Command } from 'commander';
import type { CommandContext } from '../command.ts';
import { completionFor, SHELLS } from '../completion.ts';
import { UsageError } from '../usage-error.ts';

/** `sigtrail completion <shell>`: a script that completes commands and flags. */
export function addCompletion({ command, exit, stdout }: CommandContext): void {
  command('completion')
    .description('the script that completes commands and flags in bash, zsh or fish')
    .argument('<shell>', 'bash, zsh or fish')
    .action((name: string, _flags: object, { parent }: Command) => {
      const shell = SHELLS.find((one) => one === name);
      if (shell === undefined) throw new UsageError(`expected bash, zsh or fish, got ${JSON.stringify(name)}`);
      if (parent !== null) stdout(completionFor(shell, parent));
      exit(0);
    });
}
