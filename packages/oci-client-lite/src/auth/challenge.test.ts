import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseChallenges } from './challenge.ts';
import { nextPage, parseNextLink } from '../registry/link.ts';

const read = (...headers: string[]): unknown =>
  parseChallenges(headers).map((challenge) => [challenge.scheme, Object.fromEntries(challenge.parameters)]);

describe('parseChallenges', () => {
  it.each<[string, string[], unknown]>([
    [
      'one',
      ['Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push"'],
      [
        [
          'bearer',
          { realm: 'https://auth.docker.io/token', service: 'registry.docker.io', scope: 'repository:a/b:pull,push' },
        ],
      ],
    ],
    [
      'two in one header',
      ['Bearer realm="r",scope="*",Basic realm="b"'],
      [
        ['bearer', { realm: 'r', scope: '*' }],
        ['basic', { realm: 'b' }],
      ],
    ],
    [
      'two headers',
      ['Negotiate', 'Basic realm="x"'],
      [
        ['negotiate', {}],
        ['basic', { realm: 'x' }],
      ],
    ],
    [
      'a bare scheme first',
      ['Negotiate, Basic realm="x"'],
      [
        ['negotiate', {}],
        ['basic', { realm: 'x' }],
      ],
    ],
    ['any case', ['BaSiC ReAlM="Case"'], [['basic', { realm: 'Case' }]]],
    ['a bare value outside the grammar', ['Basic realm=/'], [['basic', { realm: '/' }]]],
    [
      'escapes',
      ['Bearer realm="r",slashed="he\\"\\l\\lo",other=fun'],
      [['bearer', { realm: 'r', slashed: 'he"llo', other: 'fun' }]],
    ],
    [
      'spaces around the equals sign',
      ['Bearer realm = "r" , service = "s"'],
      [['bearer', { realm: 'r', service: 's' }]],
    ],
    ['the first of two equal parameters', ['Bearer realm="a",realm="b"'], [['bearer', { realm: 'a' }]]],
    [
      'token68',
      ['Negotiate YII=, Bearer realm="r"'],
      [
        ['negotiate', {}],
        ['bearer', { realm: 'r' }],
      ],
    ],
    ['parameters without commas', ['Bearer realm="r" service="s"'], [['bearer', { realm: 'r', service: 's' }]]],
    ['parameters with semicolons', ['Bearer realm="r"; service="s";'], [['bearer', { realm: 'r', service: 's' }]]],
    [
      'schemes without a comma between them',
      ['Bearer realm="r" Basic realm="b"'],
      [
        ['bearer', { realm: 'r' }],
        ['basic', { realm: 'b' }],
      ],
    ],
    ['quotes inside of quotes', ['Basic realm="Registry "prod""'], [['basic', { realm: 'Registry ' }]]],
    [
      'what follows quotes inside of quotes',
      ['Basic realm="Registry "prod" east", Bearer realm="r"'],
      [
        ['basic', { realm: 'Registry ' }],
        ['bearer', { realm: 'r' }],
      ],
    ],
    ['Basic whose realm is never closed', ['Basic realm="unterminated'], [['basic', {}]]],
    ['what comes before a syntax error', ['Basic realm="x", Bearer realm="un'], [['basic', { realm: 'x' }]]],
    ['nothing of an empty header', [''], []],
    ['nothing of a huge header', [`Basic realm="${'x'.repeat(20_000)}"`], []],
  ])('reads %s', (_, headers, expected) => {
    expect(read(...headers)).toEqual(expected);
  });

  it('ends, without an error, on any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...Array.from('ab="\\, \t/;')), maxLength: 60 }), (text) =>
        Array.isArray(parseChallenges([text])),
      ),
      { numRuns: 2000 },
    );
  });
});

describe('Link', () => {
  it.each([
    ['</v2/a/tags/list?n=1&last=x>; rel="next"', '/v2/a/tags/list?n=1&last=x'],
    ['</x>; rel=next', '/x'],
    ['</x>;rel=next', '/x'],
    ['</x>; rel="next";', '/x'],
    ['</x>; title="a, b"; rel="prev next"', '/x'],
    ['</x>; rel="next"; title="a>b"', '/x'],
    ['</p>; rel="prev", </n>; rel="next"', '/n'],
    ['</p>; rel="prev" </n>; rel="next"', '/n'],
    ['</n?a=1,2>; rel="next", <https://docs.example/>; rel="help"', '/n?a=1,2'],
    ['</x>; rel="last"', undefined],
    ['<https://docs.example/paging>; rel="help"', undefined],
    // What registries and their proxies leave out.
    ['</x>', '/x'],
    ['/v2/a/tags/list?last=x; rel="next"', '/v2/a/tags/list?last=x'],
    ['/v2/a/tags/list?last=x', '/v2/a/tags/list?last=x'],
    ['https://reg.example/v2/a/tags/list?last=x; rel=next', 'https://reg.example/v2/a/tags/list?last=x'],
    ['/p; rel="prev", /n; rel="next"', '/n'],
    ['', undefined],
    ['  ', undefined],
  ])('%s', (header, expected) => {
    expect(parseNextLink([header])).toBe(expected);
  });

  it.each([
    '<',
    '</x; rel="next"',
    'next',
    'rel="next"',
    '</x>; rel="next" and so on',
    '</x>; rel="next", </y>; rel="next"',
    '</x>, </y>',
    `</${'x'.repeat(16 * 1024)}>; rel="next"`,
  ])('is not taken for the end of a list if it can’t be understood: %.40s', (header) => {
    expect(() => parseNextLink([header])).toThrow(expect.objectContaining({ code: 'invalid-response' }));
  });

  it('is read in linear time, whatever the header holds', () => {
    const read = (header: string): unknown => {
      try {
        return parseNextLink([header]);
      } catch (error) {
        return error;
      }
    };
    const time = (length: number): number => {
      const parts = ['<', '<>;', '<x>; a="', '<x>; rel="\\', '<x>;a;', ' <x> ; a', '/x;a,', '<x>;rel=a,', ', ', '/x'];
      const headers = parts.map((part) => part.repeat(length / part.length));
      const started = performance.now();
      for (const header of headers) for (let round = 0; round < 20; round++) read(header);
      return performance.now() - started;
    };
    time(1_000); // compiled before anything is measured
    // Eight times the length takes about eight times as long; a quadratic reader takes sixty-four times.
    expect(time(16_000)).toBeLessThan(24 * Math.max(time(2_000), 1));
  });

  const current = new URL('https://reg.example/v2/a/referrers/sha256:x?n=5');
  const path = '/v2/a/referrers/sha256:x';
  it.each([
    'http://reg.example/v2/a/referrers/sha256:x',
    'https://reg.example:444/v2/a/referrers/sha256:x',
    '//evil.example/v2/a/referrers/sha256:x',
    '/v2/b/referrers/sha256:x',
    '../../../secret',
    'https://u:p@reg.example/v2/a/referrers/sha256:x',
    'javascript:alert(1)?a=b',
    'https://reg.example:99999/?a=b',
  ])('is refused when it leaves the list and has no query to ask: %s', (target) => {
    expect(() => nextPage([`<${target}>; rel="next"`], current, path)).toThrow(
      expect.objectContaining({ code: 'blocked-redirect' }),
    );
  });

  it.each([
    '?page=2',
    './sha256:x?page=2',
    '/v2/a/referrers/sha256%3Ax?page=2',
    'https://reg.example/v2/a/referrers/sha256:x?page=2',
    // Never anything else of it: the host, the scheme, the path are ours.
    'https://evil.example/v2/a/referrers/sha256:x?page=2',
    'http://reg.example/v2/a/referrers/sha256:x?page=2',
    'http://registry.internal:5000/v2/a/referrers/sha256:x?page=2',
    'https://reg.example/repository/docker-proxy/v2/a/referrers/sha256:x?page=2',
    'v2/a/referrers/sha256:x?page=2',
    '/v2/b/referrers/sha256:y?page=2#fragment',
    'https://u:p@reg.example/v2/a/referrers/sha256:x?page=2',
  ])('gives its query to the list that was asked: %s', (target) => {
    expect(nextPage([`<${target}>; rel="next"`], current, path)).toBe(`${path}?page=2`);
  });
});
