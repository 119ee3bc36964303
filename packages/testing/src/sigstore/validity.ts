/** A window of time; open-ended without `end`. */
export interface Validity {
  readonly start: Date;
  readonly end?: Date;
}

const YEAR_MS = 365 * 24 * 3600 * 1000;

/** From a year before to ten years after, in whole seconds, as certificates have them. */
export function aroundNow(now: Date = new Date()): Required<Validity> {
  const second = wholeSecond(now).getTime();
  return { start: new Date(second - YEAR_MS), end: new Date(second + 10 * YEAR_MS) };
}

/** Without its milliseconds: neither X.509 nor `integratedTime` has them. */
export function wholeSecond(time: Date): Date {
  return new Date(Math.floor(time.getTime() / 1000) * 1000);
}

/** Seconds since the epoch. */
export function unixSeconds(time: Date): number {
  return Math.floor(time.getTime() / 1000);
}

/** RFC 3339 in whole seconds, as Go and protobuf JSON write it. */
export function toRfc3339(time: Date): string {
  return wholeSecond(time).toISOString().replace('.000Z', 'Z');
}
