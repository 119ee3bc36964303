import { createHash } from 'node:crypto';
import { generateKeyPair, GITHUB_ISSUER, GITHUB_WORKFLOW } from '@sigtrail/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createImage, type ImageUnderTest } from '../../../test/image-under-test.ts';
import { FORBIDDEN, HOSTILE, shapeOf, withEveryText } from '../../../test/hostile-text.ts';
import { type PageElement, parsePage } from '../../../test/parse-page.ts';
import { allOf, attested, signedBy } from '../../policy/compose.ts';
import type { ImagePolicy, SignerRule } from '../../policy/policy.ts';
import type { Report } from '../../report/any-report.ts';
import { evaluateAttestations } from '../../verify-attestations.ts';
import { evaluateImage } from '../../verify-image.ts';
import { MAX_PAGE_BYTES, toHtml } from './to-html.ts';

const workflow: SignerRule = { issuer: GITHUB_ISSUER, subject: GITHUB_WORKFLOW };
const stranger: SignerRule = { issuer: 'https://accounts.acme.test', subject: 'alice@acme.test' };

let image: ImageUnderTest;
beforeEach(async () => {
  image = await createImage();
});
afterEach(async () => image.close());

function sign(more: object = {}): void {
  const statement = { imageDigest: image.digest };
  image.attachBundle(image.sigstore.signBundle({ statement, signer: image.signer, ...more }));
}

const evaluate = async (policy: ImagePolicy, options: object = {}): Promise<Report> =>
  evaluateImage(image.reference, policy, { ...image.options, ...options });

/** One of each verdict, and of each kind of report. */
async function everyReport(): Promise<readonly Report[]> {
  sign();
  sign({ signer: generateKeyPair(), logs: [] });
  const type = 'https://acme.test/v1';
  const options = image.options;
  const reports = [
    await evaluate(signedBy(workflow)),
    await evaluate(signedBy(workflow), { now: () => new Date('2027-01-01T00:00:00Z') }),
    await evaluate(allOf(signedBy(workflow), attested(type, stranger))),
    await evaluate(signedBy(workflow), { platforms: 'each' }),
    await evaluateAttestations(image.reference, { type, signedBy: workflow }, options),
  ];
  image.registry.fail({ route: 'referrers', fault: { kind: 'status', status: 403 } });
  return [...reports, await evaluate(signedBy(stranger))];
}

const named = (elements: readonly PageElement[], ...names: readonly string[]): readonly PageElement[] =>
  elements.filter(({ name }) => names.includes(name));

describe('every page', () => {
  it('is a valid document that runs nothing, loads nothing, and is styled by one style that its policy names', async () => {
    for (const report of await everyReport()) {
      const page = toHtml(report);
      const { elements, errors } = parsePage(page);
      expect(errors).toEqual([]);
      expect(named(elements, 'script', 'link', 'img', 'iframe', 'object', 'form', 'base', 'use')).toEqual([]);
      expect(page).not.toContain('<script');
      const attributes = elements.flatMap((element) => Object.keys(element.attributes));
      expect(attributes.filter((name) => name === 'style' || name.startsWith('on') || name === 'src')).toEqual([]);
      const [style, ...others] = named(elements, 'style');
      expect(others).toEqual([]);
      const hash = createHash('sha256')
        .update(style?.text ?? '')
        .digest('base64');
      const policy = elements.find(({ attributes: own }) => own['http-equiv'] === 'Content-Security-Policy');
      expect(policy?.attributes['content']).toBe(
        `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`,
      );
      expect(Buffer.byteLength(page)).toBeLessThan(MAX_PAGE_BYTES);
    }
  });

  it('has landmarks, one title, headings in order, unique ids, tables with scopes and drawings with names', async () => {
    const reports = await everyReport();
    for (const page of [...reports.map((report) => toHtml(report)), toHtml(reports)]) {
      const { elements } = parsePage(page);
      for (const landmark of ['header', 'main', 'footer', 'h1', 'title'])
        expect(
          named(elements, landmark).filter(({ text }) => landmark !== 'title' || text.startsWith('Path') === false)
            .length,
        ).toBeGreaterThanOrEqual(1);
      expect(named(elements, 'h1')).toHaveLength(1);
      const levels = named(elements, 'h1', 'h2', 'h3', 'h4').map(({ name }) => Number(name.slice(1)));
      for (const [at, level] of levels.entries()) expect(level).toBeLessThanOrEqual((levels[at - 1] ?? 0) + 1);
      const ids = elements.flatMap(({ attributes: { id } }) => id ?? []);
      expect(new Set(ids).size).toBe(ids.length);
      for (const { attributes } of named(elements, 'th')) expect(attributes['scope']).toMatch(/^(?:row|col)$/);
      for (const { attributes, text } of named(elements, 'svg'))
        expect(attributes['aria-hidden'] === 'true' || (attributes['role'] === 'img' && text !== '')).toBe(true);
      for (const { text } of named(elements, 'summary')) expect(text.trim()).not.toBe('');
    }
  });
});

describe('a report', () => {
  it('says the verdict and who, draws why the times count and the way to the root, and marks whose word each field is', async () => {
    sign();
    const { text, elements } = parsePage(toHtml(await evaluate(signedBy(workflow))));
    expect(named(elements, 'h1')[0]?.text).toBe(`VERIFIED ${image.reference}`);
    expect(text).toContain(GITHUB_WORKFLOW);
    expect(text).toContain('The signature counts because the log saw it while the certificate was valid');
    expect(text).toContain('the root, signed by the log');
    expect(text).toContain('said by the log');
    expect(text).toContain('Whose word');
    expect(text).toContain('log-inclusion');
    // A check that passed is not explained by the fault that has its name.
    expect(text).not.toContain('the signed payload is neither');
    expect(text).toMatch(/[0-9]+ requests, as a waterfall/);
    const decided = named(elements, 'li').filter(({ text: own }) => own.includes('decided'));
    expect(decided.map(({ text: own }) => own).join()).toContain('signedBy');
  });

  it('draws a check long after the certificate expired behind a gap, and says why that changes nothing', async () => {
    sign();
    const now = (): Date => new Date('2027-01-01T00:00:00Z');
    const { text, elements } = parsePage(toHtml(await evaluate(signedBy(workflow), { now })));
    expect(text).toContain('That the certificate has expired since changes nothing: it was valid then.');
    expect(elements.filter(({ attributes }) => attributes['class'] === 'gap')).toHaveLength(3);
  });

  it('names the part of the policy that refuses, and calls the evidence of a proven stranger good', async () => {
    sign();
    const { text, elements } = parsePage(toHtml(await evaluate(signedBy(stranger))));
    expect(named(elements, 'h1')[0]?.text).toContain('REJECTED');
    expect(text).toContain('only the policy asks for something else');
    expect(text).not.toContain('The signature counts');
    expect(text).not.toContain('says it is signed by');
    expect(text).toContain('identity-mismatch');
  });

  it('shows the times of an unproven signature as its own claims', async () => {
    sign({ logs: [] });
    const { text } = parsePage(toHtml(await evaluate(signedBy(stranger))));
    expect(text).toContain('this is its own word');
    expect(text).toContain('says it is signed by');
  });

  it('takes a time that no trusted log signed for the signature’s own word, whatever else is proven', async () => {
    sign();
    const report = await evaluate(signedBy(stranger));
    const good = 'The times are good: the log saw the signature';
    expect(parsePage(toHtml(report)).text).toContain(good);
    const candidates = report.candidates.map((candidate) => ({
      ...candidate,
      checks: candidate.checks.filter(({ check }) => check !== 'log-set'),
    }));
    const { text } = parsePage(toHtml({ ...report, candidates }));
    expect(text).not.toContain(good);
    expect(text).toContain('These times are what the signature says of itself');
  });

  it('draws no path that does not lead to the root', async () => {
    sign();
    const report = JSON.parse(JSON.stringify(await evaluate(signedBy(workflow)))) as Report;
    const [signature] = report.kind === 'image' ? report.signatures : [];
    const path = signature?.log[0]?.inclusionPath;
    if (path === undefined) throw new Error('the report has no path');
    Object.assign(path, { leafHash: '0'.repeat(64) });
    expect(parsePage(toHtml(report)).text).toContain('does not lead to the root');
  });
});

describe('several reports', () => {
  it('have an index that leads to each', async () => {
    const reports = await everyReport();
    const { elements, errors } = parsePage(toHtml(reports));
    expect(errors).toEqual([]);
    const targets = named(elements, 'a').flatMap(({ attributes: { href } }) =>
      href?.startsWith('#image') ? href : [],
    );
    expect(targets).toHaveLength(reports.length);
    const ids = new Set(elements.map(({ attributes: { id } }) => `#${id ?? ''}`));
    expect(targets.filter((target) => !ids.has(target))).toEqual([]);
  });

  it('stay within the size of a page, and say what was left out', async () => {
    const [report] = await everyReport();
    if (report === undefined) throw new Error('no report');
    for (const count of [0, 1, 20, 200, 3000]) {
      const page = toHtml(Array.from({ length: count }, () => report));
      expect(Buffer.byteLength(page)).toBeLessThanOrEqual(MAX_PAGE_BYTES);
      expect(parsePage(page).errors).toEqual([]);
      expect(page.includes(`<h1>${count} image${count === 1 ? '' : 's'}</h1>`)).toBe(true);
    }
  });
});

const WORDS = new Set(['kind', 'verdict', 'status', 'reason']);

describe('text of strangers', () => {
  it('can’t become markup, in the place of any text', async () => {
    const good = await everyReport();
    const before = new Set(
      [...good.map((report) => toHtml(report)), toHtml(good)].flatMap((page) => shapeOf(parsePage(page))),
    );
    for (const text of HOSTILE)
      for (const keep of [WORDS, new Set([...WORDS, 'time', 'notBefore', 'notAfter', 'code', 'check', 'answer'])])
        for (const subject of [...good, good]) {
          const page = toHtml(withEveryText(subject, text, keep) as Report);
          const parsed = parsePage(page);
          expect(parsed.errors).toEqual([]);
          expect(FORBIDDEN.test(page)).toBe(false);
          expect(Buffer.byteLength(page)).toBeLessThanOrEqual(MAX_PAGE_BYTES);
          const links = named(parsed.elements, 'a').map(({ attributes: { href } }) => href ?? '');
          expect(links.filter((href) => !/^#(?:content|image-\d+)$/.test(href))).toEqual([]);
          // No element has an attribute that it lacks on the pages of friendly reports.
          expect(shapeOf(parsed).filter((shape) => !before.has(shape))).toEqual([]);
        }
  });
});

describe('what it is given', () => {
  it.each([undefined, null, 42, 'text', {}, [42], [{}]])('refuses %j', (value) => {
    expect(() => toHtml(value as never)).toThrow(expect.objectContaining({ code: 'invalid-option' }));
  });
});
