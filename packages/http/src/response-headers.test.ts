import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readRateLimit, readWarnings } from './response-headers.ts';

it.each([
  [['299 - "This registry is deprecated."'], [{ code: 299, agent: '-', text: 'This registry is deprecated.' }]],
  [
    ['299 - "one", 299 registry.test "two, with a comma"', '199 - "three"'],
    [
      { code: 299, agent: '-', text: 'one' },
      { code: 299, agent: 'registry.test', text: 'two, with a comma' },
      { code: 199, agent: '-', text: 'three' },
    ],
  ],
  [['299 - "say \\"hi\\" \\\\ there"'], [{ code: 299, agent: '-', text: 'say "hi" \\ there' }]],
  [['299 - "with a date" "Sat, 25 Aug 2012 23:34:45 GMT"'], [{ code: 299, agent: '-', text: 'with a date' }]],
  [['299 - "\u001b[31mred"'], [{ code: 299, agent: '-', text: ' [31mred' }]],
  [['299 - "unfinished', '299 "no agent"', '29 - "two digits"', ''], []],
])('reads Warning %j', (warning, expected) => {
  expect(readWarnings({ warning })).toEqual(expected);
  expect(readWarnings({})).toEqual([]);
});

it('keeps few warnings, and short ones', () => {
  const many = Array.from({ length: 100 }, () => `299 - "${'x'.repeat(5000)}"`);
  expect(readWarnings({ warning: many }).map(({ text }) => text.length)).toEqual(
    Array.from({ length: 16 }, () => 1024),
  );
});

it.each([
  [
    'Docker Hub',
    {
      'ratelimit-limit': ['100;w=21600'],
      'ratelimit-remaining': ['76;w=21600'],
      'docker-ratelimit-source': ['192.0.2.1'],
    },
    { limit: 100, remaining: 76, windowSeconds: 21_600, source: '192.0.2.1' },
  ],
  [
    'GitHub',
    { 'x-ratelimit-limit': ['5000'], 'x-ratelimit-remaining': ['0'], 'x-ratelimit-reset': ['1700000060'] },
    { limit: 5000, remaining: 0, resetSeconds: 60 },
  ],
  [
    'the first draft',
    { 'ratelimit-limit': ['10'], 'ratelimit-remaining': ['3'], 'ratelimit-reset': ['7'] },
    { limit: 10, remaining: 3, resetSeconds: 7 },
  ],
  ['a list of limits', { 'ratelimit-limit': ['10, 10;w=1, 50;w=60'] }, { limit: 10, windowSeconds: 1 }],
  [
    'one header',
    { ratelimit: ['"default";r=50;t=30'], 'ratelimit-policy': ['"default";q=100;w=60'] },
    { limit: 100, remaining: 50, windowSeconds: 60, resetSeconds: 30 },
  ],
  ['one header with names', { ratelimit: ['limit=100, remaining=50, reset=5'] }, { limit: 100, remaining: 50 }],
  ['a time that is over', { 'x-ratelimit-reset': ['1600000000'] }, { resetSeconds: 0 }],
  ['nonsense', { 'ratelimit-limit': ['many'], 'x-ratelimit-remaining': ['-1'], 'ratelimit-reset': ['1e9'] }, undefined],
  ['nothing', {}, undefined],
])('reads the rate limit of %s', (_, headers, expected) => {
  expect(readRateLimit(headers, 1_700_000_000_000)).toEqual(expected);
});

it('never fails, whatever a server sends', () => {
  const headers = fc.dictionary(
    fc.constantFrom('warning', 'ratelimit', 'ratelimit-limit', 'ratelimit-policy', 'x-ratelimit-reset'),
    fc.array(fc.string(), { maxLength: 3 }),
  );
  fc.assert(
    fc.property(headers, (sent) => {
      const limit = readRateLimit(sent);
      return (
        readWarnings(sent).length <= 16 &&
        Object.values(limit ?? {}).every((value) => value === undefined || value !== null)
      );
    }),
  );
});
