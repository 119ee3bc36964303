import { type CheckOption, expecting } from '@sigtrail/encoding';

// A test kit that ignores a misspelt option lets a test pass for the wrong reason.
export const aText: CheckOption = expecting('a string', (value) => typeof value === 'string');
export const aFlag: CheckOption = expecting('true or false', (value) => typeof value === 'boolean');
export const aCount: CheckOption = expecting(
  'a whole number',
  (value) => Number.isSafeInteger(value) && Number(value) >= 0,
);
export const aDate: CheckOption = expecting(
  'a Date',
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
export function oneOf(...words: readonly unknown[]): CheckOption {
  return expecting(words.map((word) => JSON.stringify(word)).join(', '), (value) => words.includes(value));
}
