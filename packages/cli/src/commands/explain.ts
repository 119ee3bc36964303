import { suggestName } from '@sigtrail/encoding';
import { explainCode, explainedCodes } from 'sigtrail/report';
import type { CommandContext } from '../command.ts';
import { UsageError } from '../usage-error.ts';

/** `sigtrail explain CODE`: what a code of a report or an error means, and what to do about it. */
export function addExplain({ command, exit, stdout }: CommandContext): void {
  command('explain')
    .description('what a code in a report or an error means, and what to do about it')
    .argument('[code]', 'for example log-missing; without it, all codes are listed')
    .action((code: string | undefined) => {
      stdout(code === undefined ? `${explainedCodes.join('\n')}\n` : explained(code));
      exit(0);
    });
}

function explained(code: string): string {
  const known = explainCode(code);
  if (known === undefined)
    throw new UsageError(`there is no code ${JSON.stringify(code)}; ${suggestName(code, explainedCodes)}`);
  return `${code}\n  means  ${known.means}\n  next   ${known.next}\n`;
}
