/** Those who wait, first in, first out. */
export interface Line<T> {
  readonly push: (one: T) => void;
  readonly shift: () => T | undefined;
}

/** A line that may become long: its head is cut off now and then, rather than each time. */
export function createLine<T>(): Line<T> {
  const line: T[] = [];
  let first = 0;
  return {
    push: (one) => line.push(one),
    shift: () => {
      const one = line[first];
      if (one === undefined) return undefined;
      first += 1;
      if (first > 1000) {
        line.splice(0, first);
        first = 0;
      }
      return one;
    },
  };
}
