import { checkOptions, expecting, type OptionTable } from '@sigtrail/encoding';
import { html, type Markup } from './markup.ts';

/** A table that the caller supplies: where images come from, for example. Its text is escaped like everything else. */
export interface HtmlTable {
  readonly caption: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** What a page shows beside reports. */
export interface HtmlOptions {
  /** Stands above the images of a list of reports. It has at most 100,000 characters: the page says how many rows are left out. */
  readonly table?: HtmlTable | undefined;
}

const OPTIONS: OptionTable<HtmlOptions> = {
  table: expecting('{ caption, columns, rows } of text', isTable),
};

// A third of a page: the reports below it need room too.
const MAX_CHARACTERS = 100_000;
const MAX_CELL = 300;

/** The table as it stands in a page. @throws TypeError `invalid-option`, `unknown-option` */
export function tableIn(options: HtmlOptions): Markup | undefined {
  checkOptions(options, OPTIONS, 'toHtml');
  if (options.table === undefined) return undefined;
  const { caption, columns, rows } = options.table;
  const shown = rowsThatFit(rows.map((row) => row.map((cell) => cell.slice(0, MAX_CELL))));
  const left = rows.length - shown.length;
  return html`<section class="card"><table><caption>${caption}</caption><thead><tr>${columns.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead><tbody>${shown.map(
    (row) =>
      html`<tr>${row.map((cell, at) => (at === 0 ? html`<th scope="row">${cell}</th>` : html`<td>${cell}</td>`))}</tr>`,
  )}</tbody></table>${left > 0 ? html`<p class="soft">${left} more rows have no room here.</p>` : undefined}</section>`;
}

function rowsThatFit(rows: HtmlTable['rows']): HtmlTable['rows'] {
  let room = MAX_CHARACTERS;
  return rows.filter((row) => {
    // The markup around a cell takes room as well.
    room -= row.reduce((sum, cell) => sum + cell.length + 20, 0);
    return room >= 0;
  });
}

function isTable(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { caption, columns, rows } = value as Partial<HtmlTable>;
  const isTexts = (list: unknown): boolean => Array.isArray(list) && list.every((one) => typeof one === 'string');
  return typeof caption === 'string' && isTexts(columns) && Array.isArray(rows) && rows.every(isTexts);
}
