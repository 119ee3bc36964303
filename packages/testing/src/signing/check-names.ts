import { optionError, suggestName } from '@sigtrail/encoding';

/** Refuses what isn't an object, and names that it can't have: a test that misspells an option would pass for the wrong reason. */
export function refuseUnknown(value: unknown, known: readonly string[], path: string): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw optionError('invalid-option', `${path}: the options must be an object`);
  const unknown = Object.keys(value).find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw optionError('unknown-option', `${path}: unknown option "${unknown}"; ${suggestName(unknown, known)}`);
}

/** Refuses what is neither `true` nor `false`. @throws TypeError `invalid-option` */
export function requireBoolean(value: unknown, path: string): void {
  if (value !== undefined && typeof value !== 'boolean')
    throw optionError('invalid-option', `${path} must be true or false`);
}

/** One of the values that an option can have. @throws TypeError `invalid-option` */
export function oneOf<Value extends string>(value: unknown, values: readonly Value[], path: string): Value {
  const found = values.find((known) => known === value);
  if (found !== undefined) return found;
  const said = typeof value === 'string' ? suggestName(value, values) : `known are ${values.join(', ')}`;
  throw optionError('invalid-option', `${path} can't be ${JSON.stringify(value)}; ${said}`);
}
