import { describe, expect, it } from 'vitest';
import { toTable, type TableRow } from './to-table.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const rows: readonly TableRow[] = [
  {
    verdict: 'verified',
    requested: 'ghcr.io/acme/app:1',
    digest,
    text: 'dev@acme.test via https://accounts.google.com',
  },
  { verdict: 'rejected', requested: 'ghcr.io/acme/longer:1', digest, text: 'it is not signed' },
  { verdict: 'indeterminate', requested: 'gone.test/x:1', text: 'it could not be reached [registry]' },
];

describe('a table', () => {
  it('has one line an image, in columns, and counts the verdicts', () => {
    const lines = toTable(rows).split('\n');
    expect(lines).toEqual([
      `VERIFIED       ghcr.io/acme/app:1     ${digest}  dev@acme.test via https://accounts.google.com`,
      `REJECTED       ghcr.io/acme/longer:1  ${digest}  it is not signed`,
      `INDETERMINATE  gone.test/x:1          ${'-'.padEnd(digest.length)}  it could not be reached [registry]`,
      '3 images: 1 verified, 1 rejected, 1 indeterminate',
      '',
    ]);
  });

  it('has three lines for an image if one would be wider than the terminal', () => {
    expect(toTable(rows.slice(0, 1), { columns: 80 })).toBe(
      `VERIFIED       ghcr.io/acme/app:1\n               ${digest}\n               dev@acme.test via https://accounts.google.com\n1 image: 1 verified\n`,
    );
    expect(toTable(rows, { columns: 200 }).split('\n')).toHaveLength(5);
  });

  it('shows no text of a stranger as it is', () => {
    const hostile = { verdict: 'rejected', requested: 'x\u001b[2J\n', text: '\u202eb' } as const;
    const text = toTable([hostile]);
    expect(text).toContain('x\\u001b[2J\\u000a');
    expect(text.split('\n')).toHaveLength(3);
  });

  it('of nothing says so', () => {
    expect(toTable([])).toBe('0 images\n');
  });
});
