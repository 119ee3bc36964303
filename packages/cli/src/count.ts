/** A number with its noun: `1 image`, `2 images`. */
export function count(howMany: number, noun: string, plural = `${noun}s`): string {
  return `${howMany} ${howMany === 1 ? noun : plural}`;
}
