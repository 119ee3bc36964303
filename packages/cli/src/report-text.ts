import type { Report } from 'sigtrail';
import { toSummary, toText } from 'sigtrail/report';
import type { DetailFlags } from './detail-flags.ts';

/** The text of a report for people: one screen, all of it, or nothing. */
export function reportText(report: Report, { verbose, quiet }: DetailFlags): string {
  if (quiet === true) return '';
  return verbose === true ? toText(report) : toSummary(report);
}
