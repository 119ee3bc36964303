import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { behaviours } from './behaviours.ts';
import { REGISTRIES_PAGE, registriesPage } from './page.ts';
import { peers } from './peers.ts';
import { readRecorded } from './record.ts';

test('docs/registries.md is what the rows and the recorded answers give', () => {
  expect(readFileSync(REGISTRIES_PAGE, 'utf8')).toBe(registriesPage(readRecorded()));
});

test('every row has recorded answers, and every recorded answer a row', () => {
  expect(Object.keys(readRecorded().answers)).toEqual(behaviours.map(({ name }) => name));
});

test('an answer is recorded for each peer that was installed and has a command for the row', () => {
  const { versions, answers } = readRecorded();
  const question = { digest: '', tls: false };
  for (const { name, operation } of behaviours) {
    const asked = peers.filter((peer) => peer.words(operation, '', question) !== undefined);
    expect(Object.keys(answers[name] ?? {}), name).toEqual(
      asked.map((peer) => peer.name).filter((peer) => peer in versions),
    );
  }
});
