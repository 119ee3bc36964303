import { safeText } from 'sigtrail/report';
import type { GateRun } from '../gate/gate-files.ts';
import { endLines, tableRows } from './to-text.ts';

// A job's summary takes one megabyte.
const MAX_ROWS = 500;

/** A run for a pull request or the summary of a job: one table. Everything from files and strangers stands in code spans. */
export function gateToMarkdown(run: GateRun): string {
  const { report } = run;
  const rows = tableRows(report);
  const [headline = '', ...rest] = endLines(run);
  const mark = report.verdict === 'passed' ? '✅' : '❌';
  return [
    `### ${mark} ${code(headline)}`,
    '',
    '| place | image | verdict | why |',
    '|---|---|---|---|',
    ...rows
      .slice(0, MAX_ROWS)
      .map(
        ([place = '', image = '', verdict = '', why = '']) =>
          `| ${code(place)} | ${code(image)} | ${verdict} | ${code(why)} |`,
      ),
    ...(rows.length > MAX_ROWS ? ['', `${rows.length - MAX_ROWS} more rows are left out.`] : []),
    '',
    ...rest.map((line) => `- ${code(line)}`),
    '',
  ].join('\n');
}

/** A code span within a table, where a bar ends a cell even inside code. */
function code(text: string): string {
  const safe = safeText(text.length > 500 ? `${text.slice(0, 500)}…` : text).replaceAll('|', '¦');
  if (safe.trim() === '') return '';
  const fence = '`'.repeat(Math.max(0, ...[...safe.matchAll(/`+/g)].map(([run]) => run.length)) + 1);
  return `${fence}${/^`|`$/.test(safe) ? ` ${safe} ` : safe}${fence}`;
}
