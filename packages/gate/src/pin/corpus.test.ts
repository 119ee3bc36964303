import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { CORPUS_KINDS, type CorpusFile, corpusOf } from '../../test/corpus.ts';
import type { FindOptions } from '../find/find-context.ts';
import { findImages } from '../find/find-images.ts';
import { type FoundImage, type NamedImage, normalName } from '../find/found-image.ts';
import { pinText } from './pin-text.ts';

const digest = `sha256:${'ab'.repeat(32)}`;
const environment = { GIVEN: '9' };
const optionsOf = ({ name }: CorpusFile): FindOptions => ({ environment, ...(name === '-' ? {} : { file: name }) });
const imagesIn = (found: readonly FoundImage[]): readonly NamedImage[] =>
  found.flatMap((one) => (one.outcome === 'image' ? [one] : []));
/** Images that name their digest already are verified by it. */
const requestsFor = (found: readonly FoundImage[]) =>
  imagesIn(found).map((image) => ({ image, digest: image.reference.digest ?? digest }));

function told(file: CorpusFile): string {
  const { kind, images } = findImages(file.text, optionsOf(file));
  const { text, refused } = pinText(file.text, requestsFor(images));
  const rows = images.map((one) => {
    const place = `${one.line}:${one.column}-${one.endColumn} ${one.path}`;
    if (one.outcome === 'image')
      return `  ${place} = ${normalName(one.reference)}${one.byShape === true ? ' by shape' : ''}`;
    return `  ${place} ${one.outcome === 'problem' ? `! ${one.problem}` : one.outcome}`;
  });
  const before = file.text.split('\n');
  const changed = text
    .split('\n')
    .flatMap((line, index) => (line === before[index] ? [] : [`  + ${line.trim().replaceAll(digest, 'DIGEST')}`]));
  return [
    `${file.title} [${kind}]`,
    ...rows,
    ...changed,
    ...refused.map(({ image, code }) => `  - ${image.text} not pinned: ${code}`),
    '',
  ].join('\n');
}

describe.each(CORPUS_KINDS)('twenty files of %s', (kind) => {
  const files = corpusOf(kind);
  it('are twenty, and are read and pinned as written down', async () => {
    expect(files).toHaveLength(20);
    await expect(files.map(told).join('\n')).toMatchFileSnapshot(`../../test/corpus/${kind}.expected.txt`);
  });

  it.each(files)('$title: nothing changes but the pins', (file) => {
    const { images } = findImages(file.text, optionsOf(file));
    const { text, pinned } = pinText(file.text, requestsFor(images));
    // Taking each pin out again gives the file back, byte for byte.
    const bare = pinned
      .toSorted((left, right) => right.image.offsets.end - left.image.offsets.end)
      .reduce((left, { image }) => {
        const shift = pinned
          .filter((one) => one.image.offsets.end < image.offsets.end)
          .reduce((sum, one) => sum + lengthOf(one.image), 0);
        const at = image.offsets.end + shift;
        return left.slice(0, at) + left.slice(at + lengthOf(image));
      }, text);
    expect(Buffer.from(bare).equals(Buffer.from(file.text))).toBe(true);
    const again = findImages(text, optionsOf(file)).images;
    expect(imagesIn(again).map(withoutDigest)).toEqual(imagesIn(images).map(withoutDigest));
    expect(pinText(text, requestsFor(again)).text).toBe(text);
  });

  it('changes the spans of what is pinned and no others, whichever images are', () => {
    fc.assert(
      fc.property(fc.constantFrom(...files), fc.infiniteStream(fc.boolean()), (file, chosen) => {
        const { images } = findImages(file.text, optionsOf(file));
        const requests = requestsFor(images).map((request) => ({
          ...request,
          digest: chosen.next().value === true ? request.digest : undefined,
        }));
        const { text, pinned, refused } = pinText(file.text, requests);
        const ends = new Set(pinned.map(({ image }) => image.offsets.end));
        // Walk both texts: they differ only by what is put in behind a pinned reference.
        let at = 0;
        for (let index = 0; index <= file.text.length; index += 1) {
          if (ends.has(index)) {
            const pin = /^(?::[\w.-]+)?@sha256:[0-9a-f]{64}/.exec(text.slice(at))?.[0];
            expect(pin).toBeDefined();
            at += pin?.length ?? 0;
          }
          if (index < file.text.length) expect(text[at]).toBe(file.text[index]);
          at += 1;
        }
        expect(at).toBe(text.length + 1);
        for (const { image, digest: given } of requests)
          if (given === undefined) expect(refused).toContainEqual({ image, code: 'not-verified' });
      }),
      { numRuns: 200 },
    );
  });
});

function withoutDigest({ reference, path }: NamedImage): object {
  const { digest: _, ...rest } = reference;
  return { ...rest, path };
}

function lengthOf({ reference, named }: NamedImage): number {
  const tag = reference.tag ?? 'latest';
  return `@${digest}`.length + (named.endsWith(`:${tag}`) ? 0 : tag.length + 1);
}
