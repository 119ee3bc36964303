import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../tools/workspace.ts';

/** The page with the tables of these suites. */
const PAGE = join(root, 'docs', 'runtimes.md');

/**
 * Holds rows of a run against a table of the page, between `<!-- NAME -->` and `<!-- /NAME -->`, and returns those that it doesn't have. A run
 * of a sample gives some of the rows. With `SIGTRAIL_WRITE_TABLES=1` a run of the whole writes the table instead.
 */
export function missingRows(
  name: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  const page = readFileSync(PAGE, 'utf8');
  const pattern = new RegExp(`(<!-- ${name} -->\\n)[\\s\\S]*?(<!-- /${name} -->)`);
  const [, , written = ''] = /^(.*\n)([\s\S]*)$/.exec(pattern.exec(page)?.[0] ?? '') ?? [];
  const lines = rows.map(line);
  console.log([line(head), ...lines].join('\n'));
  if (process.env['SIGTRAIL_WRITE_TABLES'] === '1' && isWhole()) {
    const table = [line(head), line(head.map(() => '---')), ...lines].join('\n');
    writeFileSync(PAGE, page.replace(pattern, `$1\n${table}\n\n$2`));
    return [];
  }
  return lines.filter((one) => !written.includes(`${one}\n`));
}

/** Whether everything is tried, as `.ci/run --all` asks, or a sample. */
export function isWhole(): boolean {
  return process.env['SIGTRAIL_WHOLE'] === '1';
}

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
