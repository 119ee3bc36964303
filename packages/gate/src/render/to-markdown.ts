import { safeText } from 'sigtrail/report';
import type { GateRun } from '../gate/gate-files.ts';
import { endLines, tableRows } from './to-text.ts';

// The summary of a job takes one mebibyte, and none of a longer text.
const MAX_CHARACTERS = 240 * 1024;

/** A run for a pull request or the summary of a job: one table. Everything from files and strangers stands in code spans. */
export function gateToMarkdown(run: GateRun): string {
  const { report } = run;
  const rows = tableRows(report).map(
    ([place = '', image = '', verdict = '', why = '']) =>
      `| ${code(place)} | ${code(image)} | ${verdict} | ${code(why)} |`,
  );
  const shown = firstOf(rows, MAX_CHARACTERS);
  const [headline = '', ...rest] = endLines(run);
  const mark = report.verdict === 'passed' ? '✅' : '❌';
  return [
    `### ${mark} ${code(headline)}`,
    '',
    '| place | image | verdict | why |',
    '|---|---|---|---|',
    ...shown,
    ...leftOut(rows.length - shown.length, 'rows'),
    '',
    ...linesOf(rest.map((line) => `- ${code(line)}`)),
    '',
  ].join('\n');
}

function linesOf(lines: readonly string[]): readonly string[] {
  const shown = firstOf(lines, MAX_CHARACTERS / 4);
  return [...shown, ...leftOut(lines.length - shown.length, 'lines')];
}

/** As many as fit. */
function firstOf(lines: readonly string[], maxCharacters: number): readonly string[] {
  let characters = 0;
  return lines.filter((line) => (characters += line.length + 1) <= maxCharacters);
}

function leftOut(count: number, what: string): readonly string[] {
  return count === 0 ? [] : ['', `${count} more ${what} are left out.`];
}

/** A code span within a table, where a bar ends a cell even inside code. */
function code(text: string): string {
  const safe = safeText(text.length > 500 ? `${text.slice(0, 500)}…` : text).replaceAll('|', '¦');
  if (safe.trim() === '') return '';
  const fence = '`'.repeat(Math.max(0, ...[...safe.matchAll(/`+/g)].map(([run]) => run.length)) + 1);
  return `${fence}${/^`|`$/.test(safe) ? ` ${safe} ` : safe}${fence}`;
}
