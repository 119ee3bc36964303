import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { behaviours } from './behaviours.ts';
import { layoutCommands } from './layout-peers.ts';
import { layouts } from './layouts.ts';
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

test('every layout has recorded answers of the peers that have a command for it', () => {
  const { versions, layouts: recorded } = readRecorded();
  expect(Object.keys(recorded)).toEqual(layouts.map(({ name }) => name));
  for (const row of layouts) {
    const asked = Object.keys(versions).filter((peer) => layoutCommands[peer]?.(row, 'saved') !== undefined);
    expect(Object.keys(recorded[row.name] ?? {}), row.name).toEqual(asked);
  }
});
