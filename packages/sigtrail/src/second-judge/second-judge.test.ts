import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createSigstore } from '@sigtrail/testing';
import { now } from '../../test/attempt.ts';
import { PARTY_CASES } from '../../test/each-check/party-cases.ts';
import { askSecondJudge } from '../../test/each-check/run.ts';
import { collectSecondOpinions, whyNotRefused, writeSecondOpinions } from '../../test/each-check/second-opinions.ts';

const PAGE = join(import.meta.dirname, '../../../../docs/second-judge.md');
const MARK = '<!-- generated: vitest run packages/sigtrail/src/second-judge, with SIGTRAIL_WRITE=1 -->\n';

it('refuses by itself what docs/second-judge.md says, and what it doesn’t has a reason', async () => {
  const opinions = await collectSecondOpinions();
  const [before = '', table] = readFileSync(PAGE, 'utf8').split(MARK);
  const written = writeSecondOpinions(opinions);
  if (process.env['SIGTRAIL_WRITE'] === '1') writeFileSync(PAGE, `${before}${MARK}${written}`);
  else expect(table).toBe(written);
  const refused = new Set(opinions.filter(({ isRefused }) => isRefused).map(({ code }) => code));
  const open = opinions
    .map(({ code }) => code)
    .filter((code) => !refused.has(code) && whyNotRefused(code) === undefined);
  expect(open).toEqual([]);
  expect(refused.size).toBeGreaterThanOrEqual(34);
  expect(opinions.filter(({ answer }) => answer.startsWith('not-asked'))).toEqual([]);
});

it.each(PARTY_CASES.map((one) => ({ what: one[1], one })))('counts parties, as we do: $what', async ({ one }) => {
  expect((await askSecondJudge(one, await createSigstore({ now }))).verdict).toBe('refused');
});
