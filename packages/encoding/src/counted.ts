/** A number with its noun: `1 image`, `2 images`. Give the plural if it is not the noun with an s. */
export function counted(howMany: number | bigint | string, noun: string, plural = `${noun}s`): string {
  return `${howMany} ${String(howMany) === '1' ? noun : plural}`;
}
