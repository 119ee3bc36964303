import { describe, expect, it } from 'vitest';
import { isAnchored } from './is-anchored.ts';

describe('isAnchored', () => {
  it.each([
    '^https://github\\.com/acme/.*$',
    '\\Aacme\\z',
    '(?i)^acme$',
    '^(?:a|b)$',
    '^[|]$',
    '^\\|$',
    '^\\Qa|b\\E$',
    '^[]|]$',
    '^(a(b|c))$',
    '^[[:alpha:]|]+$',
  ])('accepts %s', (expression) => {
    expect(isAnchored(expression)).toBe(true);
  });

  it.each([
    'acme',
    '^acme',
    'acme$',
    '^acme\\$',
    '^a|b$',
    '^a$|^b$',
    '(?m)^acme$',
    '^(?m:acme)$',
    '(?im)^a$',
    '\\^acme$',
    '[^]acme$',
    '^acme\\Q$',
    '^?a$',
    '^*a$',
    '^{0}a$',
    '^{0,1}a$',
    '\\A?a\\z',
    '^a$?',
    '^a$*',
    '^(a$)?',
    '(^)?a$',
    '',
    '^',
  ])('is not sure of %s', (expression) => {
    expect(isAnchored(expression)).toBe(false);
  });
});
