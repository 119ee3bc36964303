import { expect, it } from 'vitest';
import { assertDigest, digestOf, isDigest, parseDigest } from './digest.ts';
import { fallbackTag } from './fallback-tag.ts';

const a = 'a'.repeat(64);

it.each([`sha256:${a}`, `sha512:${a}${a}`])('accepts %s', (text) => {
  expect(parseDigest(text)).toBe(text);
});

it.each([
  '',
  a,
  `sha256:${a.slice(1)}`,
  `sha256:${a}a`,
  `sha256:${a.toUpperCase()}`,
  `SHA256:${a}`,
  `sha512:${a}`,
  `sha384:${'a'.repeat(96)}`,
  `sha256:${a}\n`,
  ` sha256:${a}`,
  'sha256:../../x',
  `sha256:${'../'.repeat(21)}a`,
])('refuses %j', (text) => {
  expect(isDigest(text)).toBe(false);
  expect(() => parseDigest(text)).toThrow(expect.objectContaining({ code: 'invalid-digest' }));
});

it('hashes and compares with the algorithm asked for', () => {
  const empty = new Uint8Array(0);
  expect(digestOf(empty)).toBe('sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  assertDigest(empty, digestOf(empty, 'sha512'), 'blob');
  expect(() => assertDigest(new Uint8Array(1), digestOf(empty), 'blob')).toThrow(
    expect.objectContaining({ code: 'digest-mismatch' }),
  );
});

it('cuts a sha512 fallback tag to 64 digits', () => {
  expect(fallbackTag(`sha256:${a}`)).toBe(`sha256-${a}`);
  expect(fallbackTag(`sha512:${a}${'b'.repeat(64)}`)).toBe(`sha512-${a}`);
});
