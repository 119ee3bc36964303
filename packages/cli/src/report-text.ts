import type { Command } from 'commander';
import { optionGroup } from './option-group.ts';
import type { Report } from 'sigtrail';
import { toSummary, toText } from 'sigtrail/report';

/** How much of a report is printed. */
export interface DetailFlags {
  readonly verbose?: boolean;
  readonly quiet?: boolean;
}

/** The flags that say how much a person wants to read. */
export function withDetailFlags(command: Command): Command {
  const added = optionGroup(command, 'Output', (grouped) =>
    grouped
      .option('-v, --verbose', 'show the whole report: every candidate, check and place; twice: every request, too')
      .option('-q, --quiet', 'print no text: the exit code says it'),
  );
  let times = 0;
  return added.on('option:verbose', () => {
    times += 1;
    if (times > 1) added.setOptionValue('traceHttp', true);
  });
}

/** The text of a report for people: one screen, all of it, or nothing. */
export function reportText(report: Report, { verbose, quiet }: DetailFlags): string {
  if (quiet === true) return '';
  return verbose === true ? toText(report) : toSummary(report);
}
