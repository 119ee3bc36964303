import { optionError } from '@sigtrail/encoding';

/** A lower bound for the age of a signature: an RFC 3339 time, a signature, or an image that was verified before. */
export type TimeReference = string | DatedSignature | DatedImage;

/** A signature whose certificate says the earliest time at which it can have been made. */
export interface DatedSignature {
  readonly signer: { readonly kind: string; readonly notBefore?: string };
}

/** An image that was verified before, for example the one that is running. */
export interface DatedImage {
  readonly signatures: readonly DatedSignature[];
}

/**
 * Part of a rule: requires a signature made after a time, `{ issuer, subject, ...signedAfter('2026-01-01T00:00:00Z') }`.
 *
 * @throws TypeError `invalid-option`
 */
export function signedAfter(time: string): { readonly signedAfter: string } {
  parseTime(time, 'signedAfter');
  return { signedAfter: time };
}

/**
 * Part of a rule: requires a signature of at most this age, `{ issuer, subject, ...maxAge('30d') }`.
 *
 * @throws TypeError `invalid-option`
 */
export function maxAge(duration: string): { readonly maxAge: string } {
  parseDuration(duration, 'maxAge');
  return { maxAge: duration };
}

/**
 * Part of a rule: refuses roll-backs. The signature's certificate must not be older than that of `other`. If an image has several signatures,
 * the newest counts; name a signature to be exact.
 *
 * @throws TypeError `invalid-option`; `freshness-unprovable` when `other` was signed with plain keys only
 * @example { issuer, subject, ...notOlderThan(running) }
 */
export function notOlderThan(other: TimeReference): { readonly notOlderThan: string } {
  return { notOlderThan: parseTimeOf(other, 'notOlderThan').toISOString() };
}

/** Reads a reference to a time. */
export function parseTimeOf(value: unknown, path: string): Date {
  if (typeof value === 'string') return parseTime(value, path);
  const signatures =
    isObject(value) && Array.isArray(value['signatures']) ? (value['signatures'] as unknown[]) : [value];
  const times = signatures.flatMap((signature) => {
    const signer = isObject(signature) ? signature['signer'] : undefined;
    if (!isObject(signer))
      throw optionError('invalid-option', `"${path}" must be an RFC 3339 time, a signature or a verified image`);
    return typeof signer['notBefore'] === 'string' ? [parseTime(signer['notBefore'], path)] : [];
  });
  if (times.length === 0)
    throw optionError(
      'freshness-unprovable',
      `"${path}" was signed with plain keys only, and nothing shows when a key signed; name a time`,
    );
  return new Date(Math.max(...times.map((time) => time.getTime())));
}

const RFC_3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/;

/** Reads an RFC 3339 time. Refuses a day that does not exist (30 February), which `Date` would silently roll over. */
export function parseTime(value: unknown, path: string): Date {
  const time = typeof value === 'string' && RFC_3339.test(value) ? new Date(value) : undefined;
  const day = time !== undefined && typeof value === 'string' ? Number(value.slice(8, 10)) : 0;
  const month = typeof value === 'string' ? Number(value.slice(5, 7)) : 0;
  if (
    time === undefined ||
    Number.isNaN(time.getTime()) ||
    day > new Date(Date.UTC(time.getUTCFullYear(), month, 0)).getUTCDate()
  )
    throw optionError('invalid-option', `"${path}" must be an RFC 3339 time like 2026-01-31T00:00:00Z`);
  return time;
}

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** Reads a duration like `30d` or `1d12h` into milliseconds. */
export function parseDuration(value: unknown, path: string): number {
  const parts = typeof value === 'string' ? [...value.matchAll(/(\d{1,9})([smhdw])/g)] : [];
  const milliseconds = parts.reduce(
    (sum, [, count, unit]) => sum + Number(count) * (UNITS[unit ?? ''] ?? Number.NaN),
    0,
  );
  if (parts.map(([part]) => part).join('') !== value || !(milliseconds > 0 && Number.isSafeInteger(milliseconds)))
    throw optionError('invalid-option', `"${path}" must be a duration like 30d, 12h or 1d12h (units s, m, h, d, w)`);
  return milliseconds;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
