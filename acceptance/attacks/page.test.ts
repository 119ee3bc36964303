import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ELSEWHERE, NOT_APPLICABLE } from '../../packages/sigtrail/test/attacks/elsewhere.ts';
import { ATTACKS } from '../../packages/sigtrail/test/attacks/index.ts';
import { ROWS } from '../../packages/sigtrail/test/attacks/rows.ts';
import { ATTACKS_PAGE, attacksPage } from './page.ts';
import { root } from '../../tools/workspace.ts';

const answered = [...ATTACKS, ...ELSEWHERE, ...NOT_APPLICABLE].map(({ row }) => row);

test('every row of the lists has an answer, and every answer a row', () => {
  const ids = ROWS.map(({ id }) => id);
  expect(ids.filter((id) => !answered.includes(id))).toEqual([]);
  expect(answered.filter((id) => !ids.includes(id))).toEqual([]);
  expect(new Set(ids).size).toBe(ids.length);
});

test('every test that is named for an attack is there', () => {
  const missing = ELSEWHERE.filter(({ file, title }) => !readFileSync(join(root, file), 'utf8').includes(title));
  expect(missing).toEqual([]);
});

test('docs/attacks.md is what the tables give', () => {
  expect(readFileSync(ATTACKS_PAGE, 'utf8')).toBe(attacksPage());
});
