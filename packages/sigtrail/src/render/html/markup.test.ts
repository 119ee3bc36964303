import { describe, expect, it } from 'vitest';
import { parsePage } from '../../../test/parse-page.ts';
import { html, toSource } from './markup.ts';
import { searchLink } from './search-link.ts';

const source = (...parts: Parameters<typeof html>): string => toSource(html(...parts));

describe('html', () => {
  it.each([
    ['<script>alert(1)</script>', '&lt;script&gt;alert(1)&lt;/script&gt;'],
    [`"'\``, '&quot;&#39;&#96;'],
    ['a&lt;b', 'a&amp;lt;b'],
    ['a\u202eb\u0000\u001b[31m\n', 'a\\u202eb\\u0000\\u001b[31m\\u000a'],
    ['\ud800', '\\ud800'],
  ])('escapes %j', (text, escaped) => {
    expect(source`<b title="${text}">${text}</b>`).toBe(`<b title="${escaped}">${escaped}</b>`);
  });

  it('keeps what it made itself, in lists and in each other, and nothing that only looks like it', () => {
    expect(source`<ul>${['a', 'b'].map((one) => html`<li>${one}</li>`)}</ul>`).toBe('<ul><li>a</li><li>b</li></ul>');
    expect(source`${undefined}${0}`).toBe('0');
    const forged = JSON.parse('{"markup":"<b>","toString":"<b>"}') as never;
    expect(() => source`${forged}`).toThrow(TypeError);
  });

  it('shows the beginning of a text that is too long to read', () => {
    expect(source`${'x'.repeat(5000)}`).toBe(`${'x'.repeat(2000)}… (5000 characters)`);
  });
});

describe('searchLink', () => {
  it('links to an entry of the search page', () => {
    const [, link] = parsePage(toSource(searchLink('https://search.sigstore.dev/?logIndex=42'))).elements.filter(
      ({ name }) => ['body', 'a'].includes(name),
    );
    expect(link?.attributes['href']).toBe('https://search.sigstore.dev/?logIndex=42');
  });

  it.each([
    'javascript:alert(1)',
    'https://search.sigstore.dev.evil.test/?logIndex=1',
    'https://search.sigstore.dev/?logIndex=1#x',
    'https://search.sigstore.dev@evil.test/?logIndex=1',
    'http://search.sigstore.dev/?logIndex=1',
    ' https://search.sigstore.dev/?logIndex=1',
    'https://search.sigstore.dev/?logIndex=1\n',
    'data:text/html,x',
  ])('shows %j as text', (address) => {
    expect(toSource(searchLink(address))).not.toContain('<a');
  });
});
