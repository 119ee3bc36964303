import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { withinBudget } from './within-budget.ts';

const size = (item: { readonly size: number }): number => item.size;

describe('withinBudget', () => {
  test('prefers the small to the huge, in whatever order they come', () => {
    const items = [{ size: 90 }, { size: 3 }, { size: 80 }, { size: 5 }];
    expect([...withinBudget(items, size, 100)].map(size)).toEqual([3, 5, 80]);
  });

  test('never passes the budget, and takes everything that fits together', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ size: fc.nat(100) })), fc.nat(1000), (items, budget) => {
        const chosen = [...withinBudget(items, size, budget)];
        const cost = chosen.reduce((sum, item) => sum + item.size, 0);
        const all = items.reduce((sum, item) => sum + item.size, 0);
        expect(cost).toBeLessThanOrEqual(budget);
        expect(chosen.length === items.length).toBe(all <= budget);
      }),
    );
  });
});
