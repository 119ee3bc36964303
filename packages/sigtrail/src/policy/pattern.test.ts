import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { glob, isPattern, matchesText, re2, re2Search } from './pattern.ts';

describe('glob', () => {
  it.each([
    ['https://github.com/acme/*', 'https://github.com/acme/app', true],
    ['https://github.com/acme/*', 'https://github.com/acme/app/x', false],
    ['https://github.com/acme/**', 'https://github.com/acme/app/x', true],
    ['https://github.com/acme/**', 'https://github.com/acme-evil/app', false],
    ['https://github.com/acme/**', 'https://githubXcom/acme/app', false],
    ['https://github.com/acme/**', 'https://github.com/acme/app\nhttps://evil', true],
    ['a?c', 'abc', true],
    ['a?c', 'a/c', false],
    ['a.(b|c)+[d]', 'a.(b|c)+[d]', true],
    ['refs/tags/v*', 'refs/tags/v1.2', true],
    ['refs/tags/v*', 'xrefs/tags/v1', false],
  ])('%s on %s: %s', (source, text, expected) => {
    expect(matchesText(glob(source), text)).toBe(expected);
  });

  it('without wildcards is the text itself', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string(), (source, text) => {
        fc.pre(!/[*?]/.test(source));
        expect(matchesText(glob(source), text)).toBe(source === text);
      }),
    );
  });
});

describe('re2', () => {
  it.each([
    ['acme/app', 'x/acme/app/y', false],
    ['.*acme/app.*', 'x/acme/app/y', true],
    ['a|b', 'ab', false],
    // An alternative must not escape the whole match: `^a|b$` would search in others.
    ['^a|b$', 'ax', false],
    ['(?i)ACME', 'acme', true],
  ])('%s on %s as a whole: %s', (source, text, expected) => {
    expect(matchesText(re2(source), text)).toBe(expected);
  });

  it('is found anywhere only as re2Search', () => {
    expect(matchesText(re2Search('acme/app'), 'x/acme/app/y')).toBe(true);
    expect(matchesText(re2Search('^acme/app$'), 'x/acme/app/y')).toBe(false);
  });

  it.each(['(', '(?=x)', '(?!x)', '(?<=x)', String.raw`\1`, '', 'a{1001}'])('refuses %s', (source) => {
    expect(() => re2(source)).toThrow(expect.objectContaining({ name: 'TypeError', code: 'invalid-pattern' }));
  });

  it('knows its own only', () => {
    expect([isPattern(re2('a')), isPattern({ kind: 're2', source: 'a' }), isPattern(/a/)]).toEqual([
      true,
      false,
      false,
    ]);
  });
});

// In JavaScript's RegExp each of these takes time that doubles with every letter: 32 letters are minutes.
const CATASTROPHIC = [
  '(a|a)*$',
  '(a*)*$',
  '(a+)+$',
  '(a|aa)+$',
  '(.*a){12}$',
  '([a-zA-Z]+)*$',
  '(a|a?)+$',
  '^(a?){20}a{20}$',
];

describe('catastrophic patterns', () => {
  it.each(CATASTROPHIC)('%s takes time in proportion to the text', (source) => {
    const time = (length: number): number => {
      const pattern = re2Search(source);
      const text = `${'a'.repeat(length)}!`;
      const start = performance.now();
      matchesText(pattern, text);
      return performance.now() - start;
    };
    time(2000);
    const short = Math.min(time(1000), time(1000), time(1000));
    const long = Math.min(time(8000), time(8000), time(8000));
    // Linear is 8 times; a search from every start is at most its square. Doubling per letter would not end.
    expect(long / Math.max(short, 0.2)).toBeLessThan(100);
  });
});
