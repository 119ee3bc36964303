import { requireText } from '@sigtrail/encoding';

const UNITS = [
  ['year', 365.25 * 86_400],
  ['month', 30.44 * 86_400],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const;

/** The distance of an RFC 3339 time from now: `3 hours ago`, `in 5 minutes`. */
export function ago(time: string, now: string): string {
  requireText(time, 'ago', 'time');
  requireText(now, 'ago', 'now');
  const seconds = (Date.parse(now) - Date.parse(time)) / 1000;
  if (!Number.isFinite(seconds)) return 'at an unknown time';
  const size = Math.abs(seconds);
  const [unit, length] = UNITS.find(([, long]) => size >= long) ?? ['second', 1];
  const count = Math.floor(size / length);
  if (count === 0) return 'just now';
  const words = `${count} ${unit}${count === 1 ? '' : 's'}`;
  return seconds >= 0 ? `${words} ago` : `in ${words}`;
}
