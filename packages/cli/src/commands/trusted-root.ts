import type { CommandContext } from '../command.ts';
import { addFetchRoot } from './trusted-root/fetch.ts';
import { addShowRoot } from './trusted-root/show.ts';

/** `sigtrail trusted-root …`: whom signatures are checked against. */
export function addTrustedRoot(context: CommandContext): void {
  const group = context
    .command('trusted-root')
    .description('the authorities and logs that are trusted: show, fetch')
    .helpCommand(false);
  addShowRoot(group, context);
  addFetchRoot(group, context);
}
