import { GITHUB_ISSUER, GITHUB_WORKFLOW } from '@sigtrail/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FORBIDDEN, shapeOf, withEveryText } from '../../test/hostile-text.ts';
import { createImage, type ImageUnderTest } from '../../test/image-under-test.ts';
import { parsePage } from '../../test/parse-page.ts';
import { inspectImage } from '../inspect-image.ts';
import { signedBy } from '../policy/compose.ts';
import type { Report } from '../report/any-report.ts';
import type { ImageInspection } from '../report/inspection.ts';
import { evaluateImage } from '../verify-image.ts';
import { toHtml } from './html/to-html.ts';
import { inspectionToText, toMarkdown, toSummary, toTable, toTableRow, toText } from './index.ts';

/** Names that a stranger can have put into a certificate, an annotation or an answer. */
const NAMES: readonly (readonly [kind: string, name: string])[] = [
  ['ANSI colours and a cleared screen', '\u001b[2J\u001b[1;32mVERIFIED\u001b[0m'],
  ['an eight-bit command', '\u009b2J\u009d0;title\u009c'],
  ['a hyperlink of OSC 8', '\u001b]8;;https://evil.test\u001b\\\\ghcr.io/acme/app\u001b]8;;\u0007'],
  ['bidirectional overrides', 'alice@acme.test\u202e\u2066tset.live\u2069'],
  ['characters of no width', 'al\u200bi\u2060ce@acme\ufeff.test'],
  ['fillers that look like a space', '\u3164\u115f\u2800\u034falice'],
  ['lines that forge a row', 'x\n  signed by   ceo@acme.test\r\nVERIFIED y\u2028z'],
  ['what takes back what is printed', 'evil\r\b\b\b\bgood\u007f'],
  ['a name of 100,000 characters', 'x'.repeat(100_000)],
  ['marks that cover the lines around', `\u0338e${'\u0301\u0353'.repeat(100)}`],
  ['tags and half a character', 'a\u{e0041}\u{e007f}\ud800'],
  ['every one of them at once, many times', '\u001b[31m\u202e\u200b\n\u0301\u0301\u0301\u0301\u0301\u3164'.repeat(12)],
];

/** The words that state a report's verdict; only the renderers write them. */
const OURS: ReadonlySet<string> = new Set(
  (
    'kind verdict reason status check format carrier answer evaluatedAt time source code ' +
    'inclusionProof inclusionPromise mediaType notBefore notAfter integratedTime searchUrl'
  ).split(' '),
);

let image: ImageUnderTest;
let reports: readonly Report[];
let inspection: ImageInspection;
beforeAll(async () => {
  image = await createImage();
  image.attachBundle(image.sigstore.signBundle({ statement: { imageDigest: image.digest }, signer: image.signer }));
  const evaluate = async (subject: string): Promise<Report> =>
    evaluateImage(image.reference, signedBy({ issuer: GITHUB_ISSUER, subject }), image.options);
  reports = [await evaluate(GITHUB_WORKFLOW), await evaluate('alice@acme.test')];
  inspection = await inspectImage(image.reference, image.options);
});
afterAll(async () => image.close());

/** The same with `name` wherever a stranger could write. */
function named<T extends Report | ImageInspection>(value: T, name: string): T {
  // The keys and the words that say what it is are as they were.
  return withEveryText(value, name, OURS) as T;
}

/** What no terminal may get: commands, what hides or turns text, and marks that pile up. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}\u2800]|\p{M}{5}|(?<=^|\s)\p{M}/u;

function linesOf(text: string): readonly string[] {
  return text.trimEnd().split('\n');
}

describe.each(NAMES)('%s', (_kind, name) => {
  it.each([
    ['toSummary', () => reports, toSummary],
    ['toText', () => reports, toText],
    ['toTable', () => reports, (report: Report) => toTable([toTableRow(report)])],
    ['toMarkdown', () => reports, toMarkdown],
  ] as const)('reaches nobody by %s', (_renderer, of, render) => {
    for (const report of of()) {
      const lines = linesOf(render(named(report, name)));
      expect(lines.filter((line) => UNSAFE.test(line))).toEqual([]);
      // A stranger adds no line, and takes none away.
      expect(lines).toHaveLength(linesOf(render(named(report, 'x'))).length);
    }
  });

  it('reaches nobody by inspectionToText', () => {
    const lines = linesOf(inspectionToText(named(inspection, name), { verbose: true }));
    expect(lines.filter((line) => UNSAFE.test(line))).toEqual([]);
    expect(lines).toHaveLength(linesOf(inspectionToText(named(inspection, 'x'), { verbose: true })).length);
  });

  it('makes no line of one screen longer than a person reads', () => {
    for (const report of reports)
      for (const line of linesOf(toSummary(named(report, name)))) expect(line.length).toBeLessThan(2100);
  });

  it('changes no element of a page', () => {
    for (const value of [...reports, inspection]) {
      const page = toHtml(named(value, name));
      expect(page).not.toMatch(FORBIDDEN);
      // A page that would be too long has less on it.
      if (name.length > 2000) continue;
      expect(shapeOf(parsePage(page))).toEqual(shapeOf(parsePage(toHtml(named(value, 'x')))));
    }
  });
});
