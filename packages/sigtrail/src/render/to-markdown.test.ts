import { GITHUB_ISSUER, GITHUB_WORKFLOW } from '@sigtrail/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createImage, type ImageUnderTest } from '../../test/image-under-test.ts';
import { signedBy } from '../policy/compose.ts';
import type { Report } from '../report/any-report.ts';
import { evaluateImage } from '../verify-image.ts';
import { toMarkdown } from './to-markdown.ts';

let image: ImageUnderTest;
beforeEach(async () => {
  image = await createImage();
  const statement = { imageDigest: image.digest };
  image.attachBundle(image.sigstore.signBundle({ statement, signer: image.signer }));
});
afterEach(async () => image.close());

const evaluate = async (issuer: string): Promise<Report> =>
  evaluateImage(image.reference, signedBy({ issuer, subject: GITHUB_WORKFLOW }), image.options);

/** What is left of a text without its code spans (CommonMark §6.1): a fence ends where a run of equal length begins. */
function outsideSpans(text: string): string {
  return text.replaceAll(/(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)/g, '');
}

describe('toMarkdown', () => {
  it('says the verdict in a heading, and the rest in a list', async () => {
    const lines = toMarkdown(await evaluate(GITHUB_ISSUER)).split('\n');
    expect(lines[0]).toBe(`### ✅ VERIFIED \`${image.reference}\``);
    expect(lines).toContain(`- **signed by** \`${GITHUB_WORKFLOW}\``);
    const refused = toMarkdown([await evaluate('https://accounts.acme.test'), await evaluate(GITHUB_ISSUER)]);
    expect(refused).toMatch(/^### ❌ REJECTED `/m);
    expect(refused).toMatch(/^### ✅ VERIFIED `/m);
  });

  it.each([
    '<script>alert(1)</script>',
    '`<b>`` x ```',
    '`',
    '``',
    ' ',
    '',
    '[x](javascript:alert(1)) ![y](https://evil.test/y) @acme #1 | **b**',
    'a\n\n# heading\r\n<img src=x>',
    'x'.repeat(10_000),
    '\u202eb\u0000',
  ])('shows %j as code and nothing else', async (text) => {
    const report = await evaluate(GITHUB_ISSUER);
    const changed = { ...report, requested: text, relaxations: [text, text], trust: { ...report.trust, name: text } };
    const [plain, markdown] = [toMarkdown(report), toMarkdown(changed)];
    const words = (lines: string): readonly string[] =>
      outsideSpans(lines)
        .split('\n')
        .filter((line) => !/^(?: {2})?- (?:\*\*relaxed\*\* )?$/.test(line));
    expect(words(markdown)).toEqual(words(plain));
    expect(markdown).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
  });

  it.each([undefined, null, 42, 'text', {}, [], [42]])('refuses %j', (value) => {
    expect(() => toMarkdown(value as never)).toThrow(expect.objectContaining({ code: 'invalid-option' }));
  });
});
