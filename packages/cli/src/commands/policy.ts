import type { CommandContext } from '../command.ts';
import { addImport } from './policy/import.ts';
import { addLint } from './policy/lint.ts';

/** `sigtrail policy …`: policies as files. */
export function addPolicy(context: CommandContext): void {
  const policy = context.command('policy').description('policy files: lint, import').helpCommand(false);
  addLint(policy, context);
  addImport(policy, context);
}
