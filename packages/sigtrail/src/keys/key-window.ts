import { optionError } from '@sigtrail/encoding';
import { latestOf } from '../latest-of.ts';
import type { Recorder } from '../establish/recorder.ts';
import type { VerifiedTime } from '../report/report.ts';

/** When a key was in use, as callers write it: RFC 3339 times, both inside the window. */
export interface KeyWindowInput {
  /** A verified time before it shows that the signature is older than the key's use. It can't show that a signature is younger. */
  readonly validFrom?: string;
  /** At least one verified time must show that the signature existed by then. */
  readonly validUntil?: string;
}

/** A window, checked once at the edge. */
export interface KeyWindow {
  readonly from?: Date;
  readonly until?: Date;
}

/** Reads the window of a key. @throws TypeError with `code: 'invalid-option'` */
export function parseKeyWindow(
  { validFrom, validUntil }: { validFrom?: unknown; validUntil?: unknown },
  path: string,
): KeyWindow {
  const from = parseTime(validFrom, `${path}.validFrom`);
  const until = parseTime(validUntil, `${path}.validUntil`);
  if (from !== undefined && until !== undefined && until < from)
    throw optionError('invalid-option', `"${path}.validUntil" is before "${path}.validFrom"`);
  return { ...(from === undefined ? {} : { from }), ...(until === undefined ? {} : { until }) };
}

/**
 * Was the key in use when it signed? A timestamp proves "existed by", never "not before" (docs/architecture.md): with any bound at least one
 * verified time is needed, or nothing about the signature's age is known.
 */
export function checkKeyWindow({ from, until }: KeyWindow, times: readonly VerifiedTime[], record: Recorder): void {
  if (from === undefined && until === undefined) return;
  const expected = `${from?.toISOString() ?? 'any time'} to ${until?.toISOString() ?? 'any time'}`;
  const extras = { expected, actual: times.map(({ time }) => time).join(', ') || 'no verified time' };
  const early = from !== undefined && times.some(({ time }) => new Date(time) < from);
  const late = until !== undefined && !times.some((time) => latestOf(time) <= until);
  if (times.length === 0)
    record.fail('key-window', 'freshness-unprovable', 'no verified time shows when the key signed', extras);
  else if (early) record.fail('key-window', 'key-not-yet-valid', 'it was signed before the key’s window', extras);
  else if (late)
    record.fail(
      'key-window',
      'key-expired',
      'no verified time shows that it was signed before the key’s window ended',
      extras,
    );
  else record.pass('key-window', 'signed inside the key’s window', extras);
}

function parseTime(value: unknown, path: string): Date | undefined {
  if (value === undefined) return undefined;
  const time = typeof value === 'string' && RFC_3339.test(value) ? new Date(value) : undefined;
  if (time === undefined || Number.isNaN(time.getTime()))
    throw optionError('invalid-option', `"${path}" must be an RFC 3339 time like 2026-01-31T00:00:00Z`);
  return time;
}

// JavaScript accepts `new Date('2026')` and `new Date('1 June')`, but which day the author meant would be a guess.
const RFC_3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/;
