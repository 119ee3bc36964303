/** Refuses a value that the option can't have; `door` is the function that was called. @throws TypeError `invalid-option` */
export type CheckOption = (value: unknown, name: string, door: string) => void;

/** A check for each option of `T`. */
export type OptionTable<T> = { readonly [Name in keyof Required<T>]: CheckOption };

/** Why options were refused: a key that no option has, or a value that the option can't have. */
export type OptionErrorCode = 'unknown-option' | 'invalid-option';

/** A programmer's mistake in an argument: a `TypeError` with a stable `code`. A package may have codes of its own beside `OptionErrorCode`. */
export function optionError<Code extends string = OptionErrorCode>(
  code: Code,
  message: string,
  cause?: unknown,
): TypeError & { readonly code: Code } {
  return Object.assign(new TypeError(message, cause === undefined ? undefined : { cause }), { code });
}

/**
 * Reads options strictly: an option that was misspelt must never be one that wasn't there. An option given as `undefined` was not given.
 *
 * @throws TypeError `unknown-option`, `invalid-option`
 */
export function checkOptions<T extends object>(given: T, table: OptionTable<T>, door: string): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw optionError('invalid-option', `${door}: the options must be an object`);
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(table, name))
      throw optionError(
        'unknown-option',
        `${door}: unknown option "${name}"; known are ${Object.keys(table).join(', ')}`,
      );
    if (value !== undefined) table[name as keyof T](value, name, door);
  }
}

/** A check by a predicate. */
export function expecting(expected: string, isValid: (value: unknown) => boolean): CheckOption {
  return (value, name, door) => {
    if (!isValid(value)) throw optionError('invalid-option', `${door}: "${name}" must be ${expected}`);
  };
}
