import { acknowledge, createFileStore, isRekorError } from '@sigtrail/rekor';
import type { Command } from 'commander';
import { safeText } from 'sigtrail/report';
import type { CommandContext } from '../../command.ts';
import { UsageError } from '../../usage-error.ts';

/** `sigtrail rekor acknowledge <id> --state DIR`: accepts a change of a log; the next run of `watch` takes the log as it is. */
export function addAcknowledge(parent: Command, { exit, stdout }: CommandContext): void {
  parent
    .command('acknowledge')
    .description('say that a change of a log is right, which `rekor watch` raises in every run until then')
    .argument('<id>', 'id of the alarm, as `rekor watch` printed it')
    .option('--state <directory>', 'where `rekor watch` remembers what was seen (required)')
    .action(async (id: string, { state }: { readonly state?: string }) => {
      if (state === undefined) throw new UsageError('--state is required: it is where the alarm waits');
      try {
        const { message, url } = await acknowledge(createFileStore(state), id);
        stdout(
          `acknowledged ${safeText(id)}: ${safeText(message)}\nthe next run takes ${safeText(url)} as it is then\n`,
        );
        exit(0);
      } catch (error) {
        if (isRekorError(error) && error.code === 'not-found') throw new UsageError(error.message);
        throw error;
      }
    });
}
