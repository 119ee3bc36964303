import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findImages } from '../find/find-images.ts';
import type { GateEntry } from './gate-report.ts';
import { planPins } from './pin-files.ts';

const text = 'FROM ghcr.io/acme/base:v1\n';
const digest = `sha256:${'a'.repeat(64)}`;

function entriesOf(file: string): readonly GateEntry[] {
  return findImages(text, { file }).images.map((found) => ({
    ...found,
    found,
    verdict: 'verified',
    passes: true,
    message: '',
    digest,
  }));
}

describe('planPins', () => {
  it.each([resolve('Dockerfile'), './Dockerfile'])('says nothing of %s, which was given as Dockerfile', (spelled) => {
    const given = [{ file: 'Dockerfile', text, isNamed: true }];
    const { pinned, refused } = planPins(given, [...entriesOf('Dockerfile'), ...entriesOf(spelled)]);
    expect([pinned.length, refused]).toEqual([1, []]);
  });

  it('names an image of a file that was not given', () => {
    const given = [{ file: 'Dockerfile', text, isNamed: true }];
    const { refused } = planPins(given, [...entriesOf('Dockerfile'), ...entriesOf('other/Dockerfile')]);
    expect(refused.map(({ code }) => code)).toEqual(['comes-from-elsewhere']);
  });
});
