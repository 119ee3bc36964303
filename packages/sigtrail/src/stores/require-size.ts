import { optionError } from '@sigtrail/encoding';

/** Refuses a value that is not a number of bytes. @throws TypeError `invalid-option` */
export function requireSize(value: unknown, name: string): void {
  if (!Number.isSafeInteger(value) || (value as number) <= 0)
    throw optionError('invalid-option', `"${name}" must be a whole number of bytes above zero`);
}
