import { describe, expect, it } from 'vitest';
import type { PolicyStatus } from '../report/report.ts';
import { allOf, anyOf, atLeast, not } from './truth.ts';

const [T, U, F] = ['satisfied', 'unknown', 'failed'] as const;

describe('three-valued logic', () => {
  it.each<readonly [PolicyStatus, PolicyStatus, PolicyStatus, PolicyStatus]>([
    // a, b, all of them, any of them
    [T, T, T, T],
    [T, U, U, T],
    [T, F, F, T],
    [U, T, U, T],
    [U, U, U, U],
    [U, F, F, U],
    [F, T, F, T],
    [F, U, F, U],
    [F, F, F, F],
  ])('of %s and %s: all %s, any %s', (a, b, all, any) => {
    expect([allOf([a, b]), anyOf([a, b])]).toEqual([all, any]);
    // De Morgan.
    expect([not(anyOf([not(a), not(b)])), not(allOf([not(a), not(b)]))]).toEqual([all, any]);
  });

  it.each([
    [T, F],
    [U, U],
    [F, T],
  ] as const)('not %s is %s', (status, negated) => {
    expect(not(status)).toBe(negated);
  });

  it('of nothing: all hold, none holds', () => {
    expect([allOf([]), anyOf([])]).toEqual([T, F]);
  });

  it.each<readonly [number, number, number, PolicyStatus]>([
    [2, 2, 2, T],
    [2, 1, 2, U],
    [2, 1, 1, F],
    [2, 0, 3, U],
    [1, 0, 0, F],
    [1, 3, 3, T],
  ])('at least %d, with %d reached and %d reachable: %s', (count, reached, reachable, status) => {
    expect(atLeast(count, reached, reachable)).toBe(status);
  });
});
