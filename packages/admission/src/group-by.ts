/** The values in lists, by what `keyOf` says of each; lists and values in the order of the first. */
export function groupBy<T, K>(values: readonly T[], keyOf: (value: T) => K): readonly (readonly [T, ...T[]])[] {
  const groups = new Map<K, [T, ...T[]]>();
  for (const value of values) {
    const group = groups.get(keyOf(value));
    if (group === undefined) groups.set(keyOf(value), [value]);
    else group.push(value);
  }
  return [...groups.values()];
}
