import { optionError, suggestName } from '@sigtrail/encoding';
import type { ParsedCallback } from './callback.ts';
import type { ParsedSubject, SubjectKind, TextMatcher } from './matcher.ts';
import { isPattern } from './pattern.ts';

/** Refuses unknown members: a policy with `isuer:` must not count as a policy without an issuer. */
export function assertKeys(value: unknown, known: readonly string[], path: string): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw optionError('invalid-option', `"${path}" must be an object`);
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  if (unknown === undefined) return;
  throw optionError('unknown-option', `"${path}.${unknown}" is not a known member; ${suggestName(unknown, known)}`);
}

/** Reads an object that has known keys only. */
export function parseObject(value: unknown, known: readonly string[], path: string): Readonly<Record<string, unknown>> {
  assertKeys(value, known, path);
  return value as Readonly<Record<string, unknown>>;
}

/** Reads one text matcher, or a non-empty list of them. */
export function parseTexts(value: unknown, path: string): readonly TextMatcher[] {
  if (!Array.isArray(value)) return [parseText(value, path)];
  if (value.length === 0) throw optionError('invalid-option', `"${path}" is an empty list, which nothing could match`);
  return value.map((text, index) => parseText(text, `${path}[${index}]`));
}

const SUBJECT_KINDS: readonly SubjectKind[] = ['uri', 'email', 'dns', 'ip', 'userName'];

/** Reads a subject: a matcher, or a matcher under the name of its kind. */
export function parseSubject(value: unknown, path: string): ParsedSubject {
  if (
    typeof value !== 'object' ||
    value === null ||
    Array.isArray(value) ||
    isPattern(value) ||
    value instanceof RegExp
  )
    return { texts: parseTexts(value, path) };
  const named = parseObject(value, SUBJECT_KINDS, path);
  const kinds = SUBJECT_KINDS.filter((kind) => named[kind] !== undefined);
  const [kind] = kinds;
  if (kind === undefined || kinds.length > 1)
    throw optionError('invalid-option', `"${path}" must have exactly one of ${SUBJECT_KINDS.join(', ')}`);
  return { kind, texts: parseTexts(named[kind], `${path}.${kind}`) };
}

/** Reads a callback, bare or with a name and a deadline. */
export function parseCallback(value: unknown, path: string): ParsedCallback {
  if (typeof value === 'function') return callbackOf(value, value.name || path, 5000);
  const { run, name, timeoutMs = 5000 } = parseObject(value, ['run', 'name', 'timeoutMs'], path);
  if (typeof run !== 'function') throw optionError('invalid-option', `"${path}.run" must be a function`);
  if (name !== undefined && (typeof name !== 'string' || name === ''))
    throw optionError('invalid-option', `"${path}.name" must be a non-empty string`);
  // Above 2^31-1 ms Node's timers fire at once.
  if (typeof timeoutMs !== 'number' || !Number.isSafeInteger(timeoutMs) || timeoutMs <= 0 || timeoutMs > 2 ** 31 - 1)
    throw optionError('invalid-option', `"${path}.timeoutMs" must be a positive number of milliseconds`);
  return callbackOf(run, name ?? (run.name === 'run' || run.name === '' ? path : run.name), timeoutMs);
}

function callbackOf(run: unknown, name: string, timeoutMs: number): ParsedCallback {
  return { run: run as ParsedCallback['run'], name, timeoutMs };
}

/** Reads a text to match: a string that isn't empty, or a pattern. */
export function parseText(value: unknown, path: string): TextMatcher {
  if (isPattern(value)) return value;
  if (value instanceof RegExp)
    throw optionError(
      'invalid-option',
      `"${path}" can't be a RegExp (unanchored, not linear in time); use re2() or glob()`,
    );
  // An empty string has meant "no check" in other tools; here it is a mistake.
  if (typeof value !== 'string' || value === '')
    throw optionError('invalid-option', `"${path}" must be a non-empty string, glob() or re2()`);
  return value;
}
