import type { Command } from 'commander';
import { optionGroup } from './option-group.ts';

/** How much of a result is printed. */
export interface DetailFlags {
  readonly verbose?: boolean;
  readonly quiet?: boolean;
}

/** The flags that say how much a person wants to read of a verdict. */
export function withDetailFlags(
  command: Command,
  whole = 'the whole report: every candidate, check and place',
): Command {
  return optionGroup(withVerboseFlag(command, whole), 'Output', (grouped) =>
    grouped.option('-q, --quiet', 'print no text: the exit code says it'),
  );
}

/** `--verbose` of a command that prints one screen unless it is asked for `whole`. */
export function withVerboseFlag(command: Command, whole: string): Command {
  let times = 0;
  return optionGroup(command, 'Output', (grouped) =>
    grouped.option('-v, --verbose', `show ${whole}; twice: every request, too`),
  ).on('option:verbose', () => {
    times += 1;
    if (times > 1) command.setOptionValue('traceHttp', true);
  });
}

/** `--verbose` of a command that prints all it knows anyway. */
export function withTraceFlag(command: Command): Command {
  return optionGroup(command, 'Output', (grouped) =>
    grouped.option('-v, --verbose', 'tell every request and its answer on standard error'),
  ).on('option:verbose', () => command.setOptionValue('traceHttp', true));
}
