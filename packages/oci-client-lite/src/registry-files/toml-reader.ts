import { OciError } from '../error.ts';
import type { Position, TomlEntry, TomlTable, TomlValue } from './toml-file.ts';

/** Reads the values of a TOML file, and refuses wrong ones with line and column. */
export interface TomlReader {
  readonly file: string;
  /** `FILE:LINE:COLUMN` */
  placeOf(at: Position): string;
  /** The error that refuses what is at a place. */
  refuse(at: Position, why: string): OciError;
  /** @throws OciError `invalid-config` for the first key that is not among `known` */
  refuseOthers(table: TomlTable, supported: readonly string[], what: string): void;
  text(table: TomlTable, key: string): string | undefined;
  boolean(table: TomlTable, key: string): boolean | undefined;
  /** A text, or a list of texts. */
  texts(table: TomlTable, key: string): readonly string[];
  table(value: TomlValue, what: string): TomlTable;
  /** The tables of a list of tables (`[[key]]`). */
  tables(table: TomlTable, key: string): readonly TomlTable[];
}

/** @throws OciError `invalid-config` from every method, for a value of the wrong type */
export function tomlReader(file: string): TomlReader {
  const placeOf = ({ line, column }: Position): string => `${file}:${line}:${column}`;
  const refuse = (at: Position, why: string): OciError => new OciError('invalid-config', `${placeOf(at)}: ${why}`);
  const textOf = (key: string, value: TomlValue): string => {
    if (value.kind !== 'text') throw refuse(value.at, `${shown(key)} must be a string`);
    return String(value.value);
  };
  const table = (value: TomlValue, what: string): TomlTable => {
    if (value.kind !== 'table') throw refuse(value.at, `${what} must be a table`);
    return value;
  };
  const read = <T>(from: TomlTable, key: string, convert: (entry: TomlEntry) => T): T | undefined => {
    const entry = from.entries.get(key);
    return entry === undefined ? undefined : convert(entry);
  };
  return {
    file,
    placeOf,
    refuse,
    table,
    refuseOthers: (from, supported, what) => {
      for (const [key, { at }] of from.entries)
        if (!supported.includes(key)) throw refuse(at, `${shown(key)} is not supported ${what}`);
    },
    text: (from, key) => read(from, key, ({ value }) => textOf(key, value)),
    boolean: (from, key) =>
      read(from, key, ({ value }) => {
        if (value.kind !== 'boolean') throw refuse(value.at, `${shown(key)} must be true or false`);
        return value.value === true;
      }),
    texts: (from, key) =>
      read(from, key, ({ value }) =>
        value.kind === 'list' ? value.items.map((item) => textOf(key, item)) : [textOf(key, value)],
      ) ?? [],
    tables: (from, key) =>
      read(from, key, ({ value }) => {
        if (value.kind !== 'list') throw refuse(value.at, `${shown(key)} must be a list of tables: [[${key}]]`);
        return value.items.map((item) => table(item, shown(key)));
      }) ?? [],
  };
}

/** A key or a text, shortened for a message: without a password in front of a host, and without control sequences for a terminal. */
export function shown(text: string): string {
  const harmless = text
    .replace(/[^/@\s]*@/g, '…@')
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (sign) => `\\u{${(sign.codePointAt(0) ?? 0).toString(16)}}`);
  return `"${harmless.length > 100 ? `${harmless.slice(0, 100)}…` : harmless}"`;
}
