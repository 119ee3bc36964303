import fc from 'fast-check';
import { expect, it } from 'vitest';
import { redactUrl } from './redact-url.ts';
import { backoffMs, parseRetryAfter, waitBeforeRetryMs } from './retry.ts';

it.each([
  ['3', 3000],
  [' 0 ', 0],
  ['Wed, 21 Oct 2015 07:28:10 GMT', 10_000],
  ['Wed, 21 Oct 2015 07:27:00 GMT', 0],
  ['-1', undefined],
  ['soon', undefined],
  ['1e3', undefined],
  [undefined, undefined],
])('reads Retry-After %s', (value, expected) => {
  expect(parseRetryAfter(value, Date.parse('Wed, 21 Oct 2015 07:28:00 GMT'))).toBe(expected);
});

it('backs off within 5 s and never waits past the deadline or a minute', () => {
  fc.assert(
    fc.property(
      fc.nat(30),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (retry, random) => backoffMs(retry, 300, () => random) <= 5000,
    ),
  );
  expect(waitBeforeRetryMs(undefined, 300, 200)).toBeUndefined();
  expect(waitBeforeRetryMs(61_000, 0, 1e9)).toBeUndefined();
  expect(waitBeforeRetryMs(2000, 300, 30_000)).toBe(2000);
});

it.each([
  ['https://user:pw@host/p?token=x&n=3#f', 'https://host/p?token=…&n=3'],
  ['https://h/v2/?scope=repository%3Aa%2Fb%3Apull', 'https://h/v2/?scope=repository:a/b:pull'],
  ['nonsense', '(not a URL)'],
])('redacts %s', (url, expected) => {
  expect(redactUrl(url)).toBe(expected);
});
