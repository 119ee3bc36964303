import { counted, checkOptions, expecting, requireList, requireObject } from '@sigtrail/encoding';
import type { Report } from '../report/any-report.ts';
import type { AcceptedSignature } from '../report/report.ts';
import { safeText, shownText } from './safe-text.ts';
import { summaryOf } from './to-summary.ts';

/** One image in a table: what is kept of its report if there are many. */
export interface TableRow {
  readonly verdict: Report['verdict'];
  /** The reference, as it was given. */
  readonly requested: string;
  /** What the reference resolved to. */
  readonly digest?: string;
  /** Who signed it, or why it is not verified. */
  readonly text: string;
}

/** What a table says about one report. @throws TypeError `invalid-option` */
export function toTableRow(report: Report): TableRow {
  requireObject(report, 'toTableRow', 'report', ['kind', 'verdict', 'requested']);
  const { verdict, requested, digest } = report;
  return {
    verdict,
    requested,
    ...(digest === undefined ? {} : { digest }),
    text: report.verdict === 'verified' ? whoIn(report) : whyIn(report),
  };
}

/**
 * Many images on few lines: the verdict, the image, its digest, and who signed it or why it is not verified; finally, the number of images with each verdict. Where a
 * line is wider than `columns`, every image has three lines. Text of strangers is escaped.
 *
 * @throws TypeError `invalid-option`
 * @example
 * process.stdout.write(toTable(reports.map(toTableRow), { columns: process.stdout.columns }));
 */
export function toTable(rows: readonly TableRow[], options: { readonly columns?: number } = {}): string {
  requireList(rows, 'toTable', 'rows');
  checkOptions(options, OPTIONS, 'toTable');
  const { columns = Infinity } = options;
  const cells = rows.map(({ verdict, requested, digest = '-', text }) =>
    [verdict.toUpperCase(), requested, digest, text].map(shownText),
  );
  const widths = [0, 1, 2].map((at) => Math.max(0, ...cells.map((row) => (row[at] ?? '').length)));
  const flat = cells.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const isWide = flat.some((line) => line.length > columns);
  const lines = isWide ? cells.flatMap(([verdict = '', ...rest]) => stacked(verdict, rest)) : flat;
  return `${[...lines, tally(rows)].join('\n')}\n`;
}

const OPTIONS = {
  columns: expecting('a number of columns', (value) => typeof value === 'number' && value > 0),
};

function stacked(verdict: string, rest: readonly string[]): readonly string[] {
  return rest.map((cell, at) => `${(at === 0 ? verdict : '').padEnd(INDENT)}${cell}`);
}

const INDENT = 'INDETERMINATE  '.length;

function tally(rows: readonly TableRow[]): string {
  const counts = (['verified', 'rejected', 'indeterminate'] as const)
    .map((name) => [rows.filter(({ verdict }) => verdict === name).length, name] as const)
    .filter(([howMany]) => howMany > 0)
    .map(([howMany, name]) => `${howMany} ${name}`);
  return `${counted(rows.length, 'image')}${counts.length === 0 ? '' : `: ${counts.join(', ')}`}`;
}

function whoIn(report: Extract<Report, { readonly verdict: 'verified' }>): string {
  const accepted: readonly AcceptedSignature[] =
    report.kind === 'attestations' ? report.attestations : report.signatures;
  const [first = 'nobody', ...others] = new Set(accepted.map(({ signer }) => nameOf(signer)));
  return others.length === 0 ? first : `${first} and ${others.length} more`;
}

function nameOf(signer: AcceptedSignature['signer']): string {
  if (signer.kind === 'key') return `the key ${signer.fingerprint}`;
  const names = signer.subjectAlternativeNames.map(({ value }) => value).join(', ');
  return signer.claims.issuer === undefined ? names : `${names} via ${signer.claims.issuer}`;
}

function whyIn(report: Report): string {
  const { headline } = summaryOf(report);
  const start = safeText(`${report.verdict.toUpperCase()} ${report.requested}: `);
  return headline.startsWith(start) ? headline.slice(start.length) : headline.slice(report.verdict.length + 1);
}
