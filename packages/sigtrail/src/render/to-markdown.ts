import { optionError, requireObject } from '@sigtrail/encoding';
import type { Report } from '../report/any-report.ts';
import { shownText } from './safe-text.ts';
import type { Row } from './row.ts';
import { summaryOf } from './to-summary.ts';

/**
 * A report, or several, as Markdown: the words of `toSummary` for a pull request or the summary of a job. Everything that comes from strangers stands in
 * code spans, where nothing is markup, a mention or a link.
 *
 * @throws TypeError `invalid-option`
 * @example
 * await appendFile(process.env.GITHUB_STEP_SUMMARY, toMarkdown(report));
 */
export function toMarkdown(report: Report | readonly Report[]): string {
  const reports = isList(report) ? report : [report];
  for (const one of reports) requireObject(one, 'toMarkdown', 'report', ['kind', 'verdict']);
  if (reports.length === 0) throw optionError('invalid-option', 'toMarkdown: "report" must have a report in it');
  return `${reports.map(oneReport).join('\n')}`;
}

function isList(report: Report | readonly Report[]): report is readonly Report[] {
  return Array.isArray(report);
}

const MARKS = { verified: '✅', rejected: '❌', indeterminate: '❓' } as const;

function oneReport(report: Report): string {
  const { replayed, headline, rows } = summaryOf(report);
  const said = headline.slice(report.verdict.length + 1);
  return [
    `### ${MARKS[report.verdict]} ${report.verdict.toUpperCase()} ${code(said)}`,
    '',
    ...replayed.map((line) => `> ${code(line.trim())}`),
    ...(replayed.length === 0 ? [] : ['']),
    ...rowsOf(rows),
    '',
  ].join('\n');
}

/** A bullet for each name; continued text is a bullet below it. */
function rowsOf(rows: readonly Row[]): readonly string[] {
  return rows.map(([name, text]) => (name === '' ? `  - ${code(text)}` : `- **${name}** ${code(text)}`));
}

/** A code span, whose fence is longer than any run of backticks in it (CommonMark §6.1). */
function code(text: string): string {
  const safe = shownText(text);
  const longest = Math.max(0, ...[...safe.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  // A span can't be empty, and a backtick at its edge needs a space, which the reader removes again.
  if (safe.trim() === '') return `${fence}(empty)${fence}`;
  const pad = /^[` ]|[` ]$/.test(safe) ? ' ' : '';
  return `${fence}${pad}${safe}${pad}${fence}`;
}
