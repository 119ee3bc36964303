import { decodeBase64, decodeHex } from '@sigtrail/encoding';
import { RekorError } from '../error.ts';
import type { RekorErrorCode } from '../error.ts';

/** A value somewhere in a JSON document from the network, with its path: wrong types become named refusals, never a `TypeError`. */
export interface JsonReader {
  readonly path: string;
  /** A required member of an object. */
  member(name: string): JsonReader;
  /** A member that may be missing. */
  optional(name: string): JsonReader | undefined;
  /** The members of an object, in their order. */
  members(): readonly (readonly [string, JsonReader])[];
  /** The elements of a non-empty array. */
  elements(limit: number): readonly JsonReader[];
  isEmptyArray(): boolean;
  isNull(): boolean;
  isText(): boolean;
  text(): string;
  count(): number;
  base64(): Uint8Array;
  /** Lower-case hexadecimal of exactly this many bytes. */
  hex(bytes: number): Uint8Array;
  refuse(expected: string): RekorError;
}

/** Starts reading at the root of a parsed document. `code` is what refusals are thrown with. */
export function readJson(value: unknown, code: RekorErrorCode, path = ''): JsonReader {
  const refuse = (expected: string): RekorError =>
    new RekorError(code, `"${path === '' ? 'document' : path}" must be ${expected}`, { path, expected });
  const object = (): Record<string, unknown> => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refuse('an object');
    return value as Record<string, unknown>;
  };
  const below = (name: string): string => (path === '' ? name : `${path}.${name}`);
  const optional = (name: string): JsonReader | undefined => {
    const parent = object();
    // hasOwn: a document without "constructor" must not seem to have one.
    return Object.hasOwn(parent, name) ? readJson(parent[name], code, below(name)) : undefined;
  };
  const text = (): string => {
    if (typeof value !== 'string') throw refuse('a string');
    return value;
  };
  return {
    path,
    refuse,
    optional,
    text,
    member(name) {
      const found = optional(name);
      if (found === undefined) throw new RekorError(code, `"${below(name)}" is missing`, { path: below(name) });
      return found;
    },
    members() {
      return Object.entries(object()).map(
        ([name, member]) => [name, readJson(member, code, below(name.slice(0, 100)))] as const,
      );
    },
    elements(limit) {
      if (!Array.isArray(value) || value.length === 0 || value.length > limit)
        throw refuse(`an array of 1 to ${String(limit)} elements`);
      return value.map((element: unknown, index) => readJson(element, code, `${path}[${String(index)}]`));
    },
    isEmptyArray: () => Array.isArray(value) && value.length === 0,
    isNull: () => value === null,
    isText: () => typeof value === 'string',
    count() {
      if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
        throw refuse('a whole number from 0 to 2^53-1');
      return value;
    },
    base64() {
      const bytes = decodeBase64(text());
      if (bytes === undefined || bytes.byteLength === 0) throw refuse('standard padded base64 of at least one byte');
      return bytes;
    },
    hex(length) {
      const bytes = decodeHex(text());
      if (bytes?.byteLength !== length) throw refuse(`${String(length * 2)} lower-case hexadecimal digits`);
      return bytes;
    },
  };
}
