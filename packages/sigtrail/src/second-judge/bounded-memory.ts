/** A memory of at most `maxBytes`: the least recently used values go first. A larger value isn't kept. */
export function createMemory<T>(maxBytes: number): (name: string, bytes: number, make: () => T) => T {
  const kept = new Map<string, { readonly value: T; readonly bytes: number }>();
  let total = 0;
  const forget = (name: string): void => {
    total -= kept.get(name)?.bytes ?? 0;
    kept.delete(name);
  };
  return (name, bytes, make) => {
    const found = kept.get(name) ?? { value: make(), bytes };
    forget(name);
    if (found.bytes > maxBytes) return found.value;
    kept.set(name, found);
    total += found.bytes;
    for (const oldest of kept.keys()) {
      if (total <= maxBytes) break;
      forget(oldest);
    }
    return found.value;
  };
}
