import { optionError } from '@sigtrail/encoding';
import type { Note } from '../imported-policy.ts';

/** The members of an object of a Kubernetes document. */
export type Fields = Readonly<Record<string, unknown>>;

// Whatever the API server would refuse is refused here, too, by the name of its field: an object in place of a list must not count as an empty list.

/** An object, or nothing. @throws TypeError `invalid-policy` */
export function fieldsOf(value: unknown, path: string): Fields {
  if (value === undefined || value === null) return {};
  if (typeof value === 'object' && !Array.isArray(value)) return value as Fields;
  throw wrongKind(path, 'an object', value);
}

/** A list, or nothing. @throws TypeError `invalid-policy` */
export function listOf(value: unknown, path: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value;
  throw wrongKind(path, 'a list', value);
}

/** A non-empty text, or nothing: Kubernetes leaves empty texts out when it writes. @throws TypeError `invalid-policy` */
export function textOf(value: unknown, path: string): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value === 'string') return value;
  throw wrongKind(path, 'text', value);
}

/** `true`; or `false`, which is the same as nothing. @throws TypeError `invalid-policy` */
export function flagOf(value: unknown, path: string): boolean {
  if (value === undefined || value === null) return false;
  if (typeof value === 'boolean') return value;
  throw wrongKind(path, 'true or false', value);
}

/** Notes every field that this version doesn't know. Such a field may narrow the policy, so whatever it belongs to can't be used. */
export function noteUnknown(
  fields: Fields,
  path: string,
  note: Note,
  belongs: Readonly<Record<string, string>> = {},
): boolean {
  const names = Object.keys(fields);
  for (const name of names) {
    const place = Object.hasOwn(belongs, name) ? `it belongs to ${belongs[name] ?? ''}` : 'not known here';
    note(`${path}.${name}`, `${place} (found ${describe(fields[name])}); ${path} is left out`, 'stricter');
  }
  return names.length > 0;
}

/** The content of a field, in a few words. */
export function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null)
    return `an object with ${Object.keys(value).join(', ') || 'nothing in it'}`;
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 59)}…"` : text;
}

function wrongKind(path: string, expected: string, value: unknown): TypeError {
  return optionError('invalid-policy', `"${path}" must be ${expected}, found ${describe(value)}`);
}
