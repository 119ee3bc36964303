/** Refuses options that a function does not have. @throws TypeError `unknown-option`, `invalid-option` */
export function assertOptions(given: unknown, known: readonly string[], door: string): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw optionError('invalid-option', `${door}: the options must be an object`);
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw optionError('unknown-option', `${door}: unknown option "${unknown}"; known are ${known.join(', ')}`);
}

/** A programmer's mistake in an option: a `TypeError` with a stable `code`. */
export function optionError(
  code: 'unknown-option' | 'invalid-option',
  message: string,
): TypeError & { readonly code: string } {
  return Object.assign(new TypeError(message), { code });
}
