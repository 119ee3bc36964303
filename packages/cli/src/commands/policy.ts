import type { CommandContext } from '../command.ts';
import { addImport } from './policy/import.ts';
import { addLint } from './policy/lint.ts';
import { addTest } from './policy/test.ts';

/** `sigtrail policy …`: policies as files. */
export function addPolicy(context: CommandContext): void {
  const policy = context.command('policy').description('policy files: lint, test, import').helpCommand(false);
  addLint(policy, context);
  addTest(policy, context);
  addImport(policy, context);
}
