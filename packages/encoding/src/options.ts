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
 * Reads options strictly: a misspelt option must never count as missing. An option with the value `undefined` counts as missing.
 *
 * @throws TypeError `unknown-option`, `invalid-option`
 */
export function checkOptions<T extends object>(given: T, table: OptionTable<T>, door: string): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw optionError('invalid-option', `${door}: the options must be an object`);
  // By key: this is on the path of every request, and pairs would be made only to be taken apart.
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

/** What to write instead of a name that doesn't exist: the known name that it is nearly, else the known names. */
export function suggestName(typed: string, known: readonly string[]): string {
  requireText(typed, 'suggestName', 'typed');
  requireList(known, 'suggestName', 'known');
  const names = [...new Set(known)];
  const near = names.find((name) => isNear(name, typed));
  return near === undefined
    ? `known are ${names.slice(0, 12).join(', ')}${names.length > 12 ? ' …' : ''}`
    : `did you mean ${near}?`;
}

/** A check by a predicate. */
export function expecting(expected: string, isValid: (value: unknown) => boolean): CheckOption {
  return (value, name, door) => {
    if (!isValid(value)) throw optionError('invalid-option', `${door}: "${name}" must be ${expected}`);
  };
}

/** Refuses what isn't text. The types promise it, and a caller without types would be told of a property of `null`. @throws TypeError `invalid-option` */
export function requireText(value: unknown, door: string, name: string): asserts value is string {
  if (typeof value !== 'string') throw wrongArgument(value, door, name, 'a string');
}

/** Refuses what isn't bytes. @throws TypeError `invalid-option` */
export function requireBytes(value: unknown, door: string, name: string): asserts value is Uint8Array {
  if (!(value instanceof Uint8Array)) throw wrongArgument(value, door, name, 'a Uint8Array');
}

/** Refuses what isn't a document as it came: text, or bytes. @throws TypeError `invalid-option` */
export function requireDocument(value: unknown, door: string, name: string): asserts value is string | Uint8Array {
  if (typeof value !== 'string' && !(value instanceof Uint8Array))
    throw wrongArgument(value, door, name, 'a string or a Uint8Array');
}

/** Refuses what isn't a list. @throws TypeError `invalid-option` */
export function requireList(value: unknown, door: string, name: string): asserts value is readonly unknown[] {
  if (!Array.isArray(value)) throw wrongArgument(value, door, name, 'an array');
}

/** Refuses what isn't an object, and one that lacks a member that all of its kind have. @throws TypeError `invalid-option` */
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

/** Refuses what can't be called. @throws TypeError `invalid-option` */
export function requireFunction(value: unknown, door: string, name: string): void {
  if (typeof value !== 'function') throw wrongArgument(value, door, name, 'a function');
}

function wrongArgument(value: unknown, door: string, name: string, expected: string): TypeError {
  const actual = value === null ? 'null' : Array.isArray(value) ? 'an array' : typeof value;
  return optionError('invalid-option', `${door}: "${name}" must be ${expected}, not ${actual}`);
}

/** One letter more, less or other, or two that changed places: `isuer`, `trsut`. */
function isNear(known: string, typed: string): boolean {
  const [long, short] = known.length >= typed.length ? [known, typed] : [typed, known];
  if (long.toLowerCase() === short.toLowerCase()) return true;
  // The beginning of a name: `timeout` without its unit.
  if (typed.length >= 5 && known.startsWith(typed)) return true;
  if (long.length - short.length > 1) return false;
  const at = long.split('').findIndex((letter, index) => letter !== short[index]);
  if (long.length > short.length) return long.slice(at + 1) === short.slice(at);
  const swapped = `${long.slice(0, at)}${long[at + 1] ?? ''}${long[at] ?? ''}${long.slice(at + 2)}`;
  return long.slice(at + 1) === short.slice(at + 1) || swapped === short;
}
