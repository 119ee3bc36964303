import { expect, it } from 'vitest';
import { resultOf } from './ratio.ts';

it.each([
  [0.5, 0.5, 0.65, 'kept'],
  [0.51, 0.5, 0.65, 'over'],
  [0.65, 0.5, 0.65, 'over'],
  [0.66, 0.5, 0.65, 'failed'],
  [0.51, 0.5, undefined, 'failed'],
  [9, undefined, undefined, 'kept'],
  [Number.NaN, 0.5, 0.65, 'failed'],
] as const)('%f with at most %f, failing above %f: %s', (ratio, atMost, failsAbove, result) => {
  const bounds = {
    ...(atMost === undefined ? {} : { atMost }),
    ...(failsAbove === undefined ? {} : { failsAbove }),
  };
  expect(resultOf({ name: '', detail: '', ratio, ...bounds })).toBe(result);
});
