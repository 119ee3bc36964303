import {
  createSigstore,
  type FakeRegistry,
  type FakeRekor,
  type FakeRekorV2,
  pushImage,
  startRegistry,
  startRekor,
  startRekorV2,
} from '@sigtrail/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FORBIDDEN, HOSTILE, shapeOf, withEveryText } from '../../../test/hostile-text.ts';
import { type PageElement, parsePage } from '../../../test/parse-page.ts';
import { isSigtrailError } from '../../error.ts';
import { inspectImage } from '../../inspect-image.ts';
import type { ImageInspection } from '../../report/inspection.ts';
import type { ImageTrack } from '../../track/image-track.ts';
import { type Timeline, timelineOf } from '../../track/timeline.ts';
import { trackImage } from '../../track/track-verbs.ts';
import { trustRoot } from '../../trust/index.ts';
import { verifyBundle } from '../../verify-bundle.ts';
import type { BundleAnswer } from '../to-summary.ts';
import { bundleToHtml, MAX_PAGE_BYTES, toHtml } from './to-html.ts';

const NOW = new Date('2026-11-27T09:00:00Z');
let registry: FakeRegistry;
let rekor: FakeRekor;
let rekor2: FakeRekorV2;
let inspection: ImageInspection;
let track: ImageTrack;
let line: Timeline;
let verified: BundleAnswer;
let refused: BundleAnswer;

beforeAll(async () => {
  const sigstore = await createSigstore({ rekor: { indexOffset: 0, neighbours: 1 } });
  registry = await startRegistry();
  rekor = await startRekor(sigstore.rekor);
  rekor2 = await startRekorV2(sigstore.rekor2);
  const { reference } = pushImage(registry, 'acme/app:v1');
  for (const email of ['dev@acme.test', 'mallory@evil.test'])
    await sigstore.signImage(registry, reference, { as: { email }, format: 'cosign-signature' });
  const json = JSON.stringify(sigstore.trustedRoot())
    .replaceAll(sigstore.rekor.baseUrl, rekor.url)
    .replaceAll(sigstore.rekor2.baseUrl, rekor2.url);
  const trust = trustRoot.fromJson(json);
  inspection = await inspectImage(reference, { trust });
  track = await trackImage(reference, { trust });
  line = timelineOf([track]);
  const file = Buffer.from('the release');
  const bundle = await sigstore.signFile(file, { as: { email: 'dev@acme.test' } });
  const signedBy = { issuer: 'https://accounts.google.com', subject: 'dev@acme.test' };
  verified = { verdict: 'verified', ...(await verifyBundle(bundle, file, { signedBy }, { trust })) };
  refused = await verifyBundle(bundle, file, { signedBy: { ...signedBy, subject: 'ops@acme.test' } }, { trust }).then(
    () => {
      throw new Error('it was accepted');
    },
    (error: unknown): BundleAnswer => {
      if (!isSigtrailError(error) || error.candidate === undefined || error.trust === undefined) throw error;
      return { verdict: 'rejected', message: error.message, report: error.candidate, trust: error.trust };
    },
  );
});
afterAll(async () => {
  await Promise.all([registry.close(), rekor.close(), rekor2.close()]);
});

const writers: readonly (readonly [
  name: string,
  subject: () => object,
  write: (subject: never) => string,
  says: RegExp,
])[] = [
  ['an inspection', () => inspection, toHtml, /Who signed .*mallory@evil\.test/s],
  ['a track', () => track, toHtml, /LOG AND REGISTRY AGREE.*In the log and in the registry/s],
  ['a timeline', () => line, toHtml, /2 signers, 2 signings.*proven-identity/s],
  [
    'a verified bundle',
    () => verified,
    (one) => bundleToHtml('app.tgz', one, NOW),
    /VERIFIED app\.tgz.*counts because/s,
  ],
  [
    'a refused bundle',
    () => refused,
    (one) => bundleToHtml('app.tgz', one, NOW),
    /REJECTED app\.tgz.*identity-mismatch/s,
  ],
];

describe.each(writers)('the page of %s', (_, subject, write, says) => {
  it('is a valid document with one title, headings in order, and what there is to say', () => {
    const page = write(subject() as never);
    const { elements, errors, text } = parsePage(page);
    expect(errors).toEqual([]);
    expect(text).toMatch(says);
    const levels = elements.flatMap(({ name }: PageElement) => (/^h[1-4]$/.test(name) ? [Number(name.slice(1))] : []));
    expect(levels.filter((level) => level === 1)).toHaveLength(1);
    for (const [at, level] of levels.entries()) expect(level).toBeLessThanOrEqual((levels[at - 1] ?? 0) + 1);
    for (const { attributes } of elements.filter(({ name }) => name === 'th'))
      expect(attributes['scope']).toMatch(/^(?:row|col)$/);
  });

  it('can’t be made markup by a stranger’s text, in the place of any text', () => {
    const before = new Set(shapeOf(parsePage(write(subject() as never))));
    for (const text of HOSTILE)
      for (const keep of [
        ['verdict', 'kind'],
        ['verdict', 'kind', 'id', 'logged', 'time', 'status', 'check', 'code'],
      ]) {
        const page = write(withEveryText(subject(), text, new Set(keep)) as never);
        const parsed = parsePage(page);
        expect(parsed.errors).toEqual([]);
        expect(FORBIDDEN.test(page)).toBe(false);
        expect(Buffer.byteLength(page)).toBeLessThanOrEqual(MAX_PAGE_BYTES);
        const scripts = shapeOf(parsed).filter((shape) => /^(?:script|img|iframe|object|a) |\bon\w+\b/.test(shape));
        expect(scripts.filter((shape) => !before.has(shape))).toEqual([]);
      }
  });
});

describe('a page', () => {
  it('has room for any number of entries, and says how many it leaves out', () => {
    const entries = Array.from({ length: 5000 }, () => track.entries).flat();
    const page = toHtml({ ...track, entries });
    expect(Buffer.byteLength(page)).toBeLessThanOrEqual(MAX_PAGE_BYTES);
    expect(parsePage(page).text).toMatch(/\d+ more: the JSON report has them/);
  });

  it.each([
    ['a name that is not text', [42, () => verified, NOW]],
    ['an answer without a verdict', ['x', () => ({}), NOW]],
    ['a value that is not a time', ['x', () => verified, 'now']],
  ])('of a bundle refuses %s', (_, [name, answer, now]) => {
    const call = (): string => bundleToHtml(name as never, (answer as () => never)(), now as never);
    expect(call).toThrow(expect.objectContaining({ code: 'invalid-option' }));
  });
});
