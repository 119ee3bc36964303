/** A map with a limit on how many values it holds. */
export interface LeastRecentlyUsed<T> {
  get(key: string): T | undefined;
  /** Returns the value. */
  set(key: string, value: T): T;
}

/** When the map is full, the value that went unused longest is dropped. */
export function createLeastRecentlyUsed<T extends object>(max: number): LeastRecentlyUsed<T> {
  const values = new Map<string, T>();
  const set = (key: string, value: T): T => {
    values.delete(key);
    values.set(key, value);
    const [oldest] = values.keys();
    if (values.size > max && oldest !== undefined) values.delete(oldest);
    return value;
  };
  return {
    get: (key) => {
      const value = values.get(key);
      return value === undefined ? undefined : set(key, value);
    },
    set,
  };
}
