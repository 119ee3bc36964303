import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ReadNeighbour } from '../find/find-context.ts';
import type { FoundImage } from '../find/found-image.ts';
import { findImages } from '../find/find-images.ts';
import type { GateEntry } from './gate-report.ts';
import { planPins } from './pin-files.ts';

const text = 'FROM ghcr.io/acme/base:v1\n';
const digest = `sha256:${'a'.repeat(64)}`;

function entriesOf(file: string): readonly GateEntry[] {
  return entriesFor(findImages(text, { file }).images);
}

function entriesFor(images: readonly FoundImage[]): readonly GateEntry[] {
  return images.map((found) => ({
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

  it('says nothing of a Dockerfile that was given and that a Compose file builds from', () => {
    const compose = 'services: { web: { build: . } }\n';
    const readNeighbour: ReadNeighbour = (_, path) =>
      path.endsWith('Dockerfile') ? { file: 'Dockerfile', text } : undefined;
    const { images } = findImages(compose, { file: 'compose.yaml', readNeighbour });
    expect(images.some(({ file }) => file === 'Dockerfile')).toBe(true);
    const given = [
      { file: 'Dockerfile', text, isNamed: true },
      { file: 'compose.yaml', text: compose, isNamed: true },
    ];
    const both = planPins(given, [...entriesOf('Dockerfile'), ...entriesFor(images)]);
    expect([both.pinned.length, both.refused]).toEqual([1, []]);
    const alone = planPins(given.slice(1), entriesFor(images));
    expect(alone.refused.map(({ code }) => code)).toEqual(['comes-from-elsewhere']);
  });

  it('names an image of a file that was not given', () => {
    const given = [{ file: 'Dockerfile', text, isNamed: true }];
    const { refused } = planPins(given, [...entriesOf('Dockerfile'), ...entriesOf('other/Dockerfile')]);
    expect(refused.map(({ code }) => code)).toEqual(['comes-from-elsewhere']);
  });
});
