/**
 * The items that together fit into `budget`, smallest first: an attacker who can push to the repository can add huge entries, and those must not
 * crowd out a small signature.
 */
export function withinBudget<T>(items: readonly T[], costOf: (item: T) => number, budget: number): ReadonlySet<T> {
  const chosen = new Set<T>();
  let left = budget;
  for (const item of items.toSorted((a, b) => costOf(a) - costOf(b))) {
    left -= costOf(item);
    if (left < 0) break;
    chosen.add(item);
  }
  return chosen;
}
