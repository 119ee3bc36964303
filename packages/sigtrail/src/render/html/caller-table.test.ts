import { describe, expect, it } from 'vitest';
import { parsePage } from '../../../test/parse-page.ts';
import { FORBIDDEN, HOSTILE, shapeOf } from '../../../test/hostile-text.ts';
import { MAX_PAGE_BYTES, toHtml } from './to-html.ts';

const tableOf = (cell: string, rows = 1) => ({
  caption: cell,
  columns: [cell, 'why'],
  rows: Array.from({ length: rows }, () => [cell, cell]),
});

describe('the table of a caller', () => {
  it('stands above the reports', () => {
    const page = toHtml([], { table: tableOf('compose.yaml:3:12') });
    expect(page.indexOf('compose.yaml:3:12')).toBeLessThan(page.indexOf('Images and verdicts'));
  });

  it('stays text, whatever is in it', () => {
    const plain = shapeOf(parsePage(toHtml([], { table: tableOf('plain') })));
    for (const text of HOSTILE) {
      const page = toHtml([], { table: tableOf(text) });
      expect(shapeOf(parsePage(page))).toEqual(plain);
      expect(page).not.toMatch(FORBIDDEN);
    }
  });

  it('leaves room for the rest of the page, and says how much is left out', () => {
    const page = toHtml([], { table: tableOf('x'.repeat(1000), 5000) });
    expect(Buffer.byteLength(page)).toBeLessThan(MAX_PAGE_BYTES);
    expect(page).toMatch(/48\d\d more rows have no room here/);
  });

  it.each([
    { tabel: 1 },
    { table: 1 },
    { table: { caption: 'x', columns: [1], rows: [] } },
    { table: { caption: 'x', columns: [], rows: [[1]] } },
  ])('refuses %j', (options) => {
    expect(() => toHtml([], options as object)).toThrow(TypeError);
  });
});
