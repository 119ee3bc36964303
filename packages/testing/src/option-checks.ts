import { type CheckOption, expecting, optionError, suggestName } from '@sigtrail/encoding';

// A test kit that ignores a misspelt option lets a test pass for the wrong reason.
export const aText: CheckOption = expecting('a string', (value) => typeof value === 'string');
export const aFlag: CheckOption = expecting('true or false', (value) => typeof value === 'boolean');
export const aCount: CheckOption = expecting(
  'a whole number',
  (value) => Number.isSafeInteger(value) && Number(value) >= 0,
);
export const aDate: CheckOption = expecting(
  'a valid Date',
  (value) => value instanceof Date && !Number.isNaN(value.getTime()),
);
export const aList: CheckOption = expecting('an array', Array.isArray);
export const aFunction: CheckOption = expecting('a function', (value) => typeof value === 'function');
export const someBytes: CheckOption = expecting('a Uint8Array', (value) => value instanceof Uint8Array);
export const anObject: CheckOption = expecting(
  'an object',
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
);
/** Several forms, which the one that reads it tells apart. */
export const anything: CheckOption = () => undefined;

/** One word of a closed list. */
export function oneOf(...words: readonly (string | number)[]): CheckOption {
  return (value, name, door) => {
    if (words.some((word) => word === value)) return;
    const suggestion =
      typeof value === 'string' ? suggestName(value, words.map(String)) : `known are ${words.join(', ')}`;
    throw optionError('invalid-option', `${door}: "${name}" can't be ${JSON.stringify(value)}; ${suggestion}`);
  };
}
