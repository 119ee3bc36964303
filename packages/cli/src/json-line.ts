import { safeText } from 'sigtrail/report';

/** One line of JSON. What a terminal would obey is escaped: it only stands inside strings, where JSON's escape means the same. */
export function toJsonLine(value: unknown): string {
  return `${safeText(JSON.stringify(value))}\n`;
}
