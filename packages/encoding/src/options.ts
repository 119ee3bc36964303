/** Refuses a value that an option can't have; `door` is the function that was called. @throws TypeError `invalid-option` */
export type CheckOption = (value: unknown, name: string, door: string) => void;

/** A check for each option of `T`. */
export type OptionTable<T> = { readonly [Name in keyof Required<T>]: CheckOption };

/** Why options were refused: a key that no option has, or a value that the option can't have. */
export type OptionErrorCode = 'unknown-option' | 'invalid-option';

/** A programmer's mistake in an argument: a `TypeError` with a stable `code`. A package may have codes of its own in addition to `OptionErrorCode`. */
export function optionError<Code extends string = OptionErrorCode>(
  code: Code,
  message: string,
  cause?: unknown,
): TypeError & { readonly code: Code } {
  return Object.assign(new TypeError(message, cause === undefined ? undefined : { cause }), { code });
}

/**
 * Reads options strictly: a misspelt option must never count as missing. An option with the value `undefined` counts as missing.
 *
 * @throws TypeError `unknown-option`, `invalid-option`
 */
export function checkOptions<T extends object>(given: T, table: OptionTable<T>, door: string): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw optionError('invalid-option', `${door}: the options must be an object`);
  // By key: this is on the path of every request, and making pairs just to take them apart would cost time.
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(table, name))
      throw optionError(
        'unknown-option',
        `${door}: unknown option "${name}"; ${suggestName(name, Object.keys(table))}`,
      );
    const value = given[name as keyof T];
    if (value !== undefined) table[name as keyof T](value, name, door);
  }
}

/** What to write instead of an unknown name: a known name that is nearly the same, else all known names. */
export function suggestName(typed: string, known: readonly string[]): string {
  requireText(typed, 'suggestName', 'typed');
  requireList(known, 'suggestName', 'known');
  const names = [...new Set(known)];
  const near = names.find((name) => isNear(name, typed));
  return near === undefined
    ? `known are ${names.slice(0, 12).join(', ')}${names.length > 12 ? ' …' : ''}`
    : `did you mean ${near}?`;
}

/** Makes a check from a predicate. */
export function expecting(expected: string, isValid: (value: unknown) => boolean): CheckOption {
  return (value, name, door) => {
    if (!isValid(value)) throw optionError('invalid-option', `${door}: "${name}" must be ${expected}`);
  };
}

/** Refuses anything but text. The types promise it, but without them a caller would get an error about a property of `null`. @throws TypeError `invalid-option` */
export function requireText(value: unknown, door: string, name: string): asserts value is string {
  if (typeof value !== 'string') throw wrongArgument(value, door, name, 'a string');
}

/** Refuses anything but bytes. @throws TypeError `invalid-option` */
export function requireBytes(value: unknown, door: string, name: string): asserts value is Uint8Array {
  if (!(value instanceof Uint8Array)) throw wrongArgument(value, door, name, 'a Uint8Array');
}

/** Refuses anything but an unparsed document: text, or bytes. @throws TypeError `invalid-option` */
export function requireDocument(value: unknown, door: string, name: string): asserts value is string | Uint8Array {
  if (typeof value !== 'string' && !(value instanceof Uint8Array))
    throw wrongArgument(value, door, name, 'a string or a Uint8Array');
}

/** Refuses anything but a list. @throws TypeError `invalid-option` */
export function requireList(value: unknown, door: string, name: string): asserts value is readonly unknown[] {
  if (!Array.isArray(value)) throw wrongArgument(value, door, name, 'an array');
}

/** Refuses anything but an object that has the required members. @throws TypeError `invalid-option` */
export function requireObject(
  value: unknown,
  door: string,
  name: string,
  members: readonly string[] = [],
): asserts value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw wrongArgument(value, door, name, 'an object');
  for (const member of members)
    if ((value as Readonly<Record<string, unknown>>)[member] === undefined)
      throw optionError('invalid-option', `${door}: "${name}.${member}" is missing`);
}

/** Refuses anything but a function. @throws TypeError `invalid-option` */
export function requireFunction(value: unknown, door: string, name: string): void {
  if (typeof value !== 'function') throw wrongArgument(value, door, name, 'a function');
}

function wrongArgument(value: unknown, door: string, name: string, expected: string): TypeError {
  const actual = value === null ? 'null' : Array.isArray(value) ? 'an array' : typeof value;
  return optionError('invalid-option', `${door}: "${name}" must be ${expected}, not ${actual}`);
}

/** Whether two names differ by one added, missing or different letter, or by two swapped letters: `isuer`, `trsut`. */
function isNear(known: string, typed: string): boolean {
  const [long, short] = known.length >= typed.length ? [known, typed] : [typed, known];
  if (long.toLowerCase() === short.toLowerCase()) return true;
  // Or one is the beginning of the other: `timeout` without its unit.
  if (typed.length >= 5 && known.startsWith(typed)) return true;
  if (long.length - short.length > 1) return false;
  const at = long.split('').findIndex((letter, index) => letter !== short[index]);
  if (long.length > short.length) return long.slice(at + 1) === short.slice(at);
  const swapped = `${long.slice(0, at)}${long[at + 1] ?? ''}${long[at] ?? ''}${long.slice(at + 2)}`;
  return long.slice(at + 1) === short.slice(at + 1) || swapped === short;
}
