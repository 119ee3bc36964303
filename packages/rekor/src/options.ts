import { optionError } from '@sigtrail/encoding';
import { prettifyError } from 'zod';
import type { ZodType } from 'zod';

/** Checks a value from the caller against its schema. `name` is how the caller knows it. @throws TypeError with a code */
export function checkOptions(name: string, schema: ZodType, value: unknown): void {
  const parsed = schema.safeParse(value);
  if (parsed.success) return;
  const isUnknown = parsed.error.issues.every(({ code }) => code === 'unrecognized_keys');
  throw optionError(isUnknown ? 'unknown-option' : 'invalid-option', `${name}: ${prettifyError(parsed.error)}`);
}

/** For options of a hot path: an object with no keys but these. @throws TypeError with a code */
export function checkKeys(name: string, value: unknown, known: readonly string[]): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw optionError('invalid-option', `"${name}" must be an object`);
  for (const key of Object.keys(value))
    if (!known.includes(key))
      throw optionError('unknown-option', `"${name}.${key}" is not an option; known are ${known.join(', ')}`);
}

/** Bounds of a call, and its other options. @throws TypeError with a code */
export function checkCall(name: string, call: unknown, more: readonly string[] = []): void {
  checkKeys(name, call, ['signal', ...more]);
  const { signal } = call as { readonly signal?: unknown };
  if (signal !== undefined && !isSignal(signal))
    throw optionError('invalid-option', `"${name}.signal" must be an AbortSignal`);
}

function isSignal(value: unknown): value is AbortSignal {
  return typeof value === 'object' && value !== null && 'aborted' in value && 'addEventListener' in value;
}

/** `Array.isArray` without turning a known type into `any`. */
export function isList(value: unknown): boolean {
  return Array.isArray(value);
}
