import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { AST } from 'toml-eslint-parser';
import { OciError } from '../error.ts';

/** A place in a file; line and column count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A value of a TOML file, and where it is. */
export type TomlValue = TomlTable | TomlList | TomlScalar;

/** A table: of the file's own, or between braces. */
export interface TomlTable {
  readonly kind: 'table';
  readonly at: Position;
  readonly entries: Map<string, TomlEntry>;
}

/** A key with its value. */
export interface TomlEntry {
  /** Where the key is. */
  readonly at: Position;
  readonly value: TomlValue;
}

interface TomlList {
  readonly kind: 'list';
  readonly at: Position;
  readonly items: TomlValue[];
}

interface TomlScalar {
  readonly kind: 'text' | 'boolean' | 'other';
  readonly at: Position;
  readonly value: unknown;
}

const maxBytes = 1024 * 1024;

/**
 * Reads a TOML file with the places of its keys. The parser is loaded here, so that only those who use it pay for it.
 *
 * @throws OciError `invalid-config` with line and column
 */
export async function readTomlFile(file: string): Promise<TomlTable> {
  const { parseTOML } = await import('toml-eslint-parser');
  const text = await readText(file);
  try {
    return toTable(parseTOML(text, { tomlVersion: '1.0.0' }));
  } catch (error) {
    throw new OciError('invalid-config', `${placeOfError(file, error)}: not TOML: ${messageOf(error)}`);
  }
}

/** Reads a text file of the caller's. @throws OciError `invalid-config` if it can't be read, is too large, or is not UTF-8 */
export async function readText(file: string): Promise<string> {
  const bytes = await readBounded(file);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new OciError('invalid-config', `${file} is not text in UTF-8`);
  }
}

async function readBounded(file: string): Promise<Uint8Array> {
  let handle: FileHandle | undefined;
  try {
    // The path may not name a file, or be replaced at any moment: never wait for a pipe, and examine and read only what was opened.
    handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const found = await handle.stat();
    if (!found.isFile()) throw new OciError('invalid-config', `${file} is not a file`);
    if (found.size > maxBytes) throw new OciError('invalid-config', `${file} is larger than ${maxBytes} bytes`);
    return await readWhole(handle, file, found.size);
  } catch (error) {
    if (error instanceof OciError) throw error;
    throw cannotRead(file, error);
  } finally {
    await handle?.close();
  }
}

// Reads no further than the stated size: the kernel's log claims to be an empty file, and reading it waits for the next message.
async function readWhole(handle: FileHandle, file: string, size: number): Promise<Uint8Array> {
  if (size === 0) return new Uint8Array();
  const bytes = Buffer.alloc(size + 1);
  let length = 0;
  while (length <= size) {
    const { bytesRead } = await handle.read(bytes, length, size + 1 - length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  if (length !== size) throw new OciError('invalid-config', `${file} was changed while it was read`);
  return bytes.subarray(0, length);
}

/** @returns the error for a file or directory that the system does not let us read */
export function cannotRead(file: string, error: unknown): OciError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  return new OciError('invalid-config', `${file} can’t be read (${code})`, { actual: code, cause: error });
}

function placeOfError(file: string, error: unknown): string {
  if (!(error instanceof Error) || !('lineNumber' in error) || !('column' in error)) return file;
  return `${file}:${String(error.lineNumber)}:${Number(error.column) + 1}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'it can’t be parsed';
}

function toTable(program: AST.TOMLProgram): TomlTable {
  const root: TomlTable = { kind: 'table', at: { line: 1, column: 1 }, entries: new Map() };
  for (const node of program.body[0].body) {
    if (node.type === 'TOMLKeyValue') put(root, node);
    else {
      // The parser has resolved `[[registry]]` to its index in the list, and refused anything defined twice.
      const table = tableAt(root, node.resolvedKey, positionOf(node.key));
      for (const pair of node.body) put(table, pair);
    }
  }
  return root;
}

function put(table: TomlTable, { key, value }: AST.TOMLKeyValue): void {
  const names = key.keys.map((part) => (part.type === 'TOMLBare' ? part.name : part.value));
  const at = positionOf(key);
  const parent = tableAt(table, names.slice(0, -1), at);
  parent.entries.set(names.at(-1) ?? '', { at, value: toValue(value) });
}

function tableAt(root: TomlTable, path: readonly (string | number)[], at: Position): TomlTable {
  let current: TomlValue = root;
  for (const [index, name] of path.entries()) {
    const made = (): TomlValue =>
      typeof path[index + 1] === 'number'
        ? { kind: 'list', at, items: [] }
        : { kind: 'table', at, entries: new Map<string, TomlEntry>() };
    current = typeof name === 'number' ? itemAt(current, name, made) : entryAt(current, name, at, made);
  }
  if (current.kind !== 'table') throw new OciError('invalid-config', 'a key is both a table and a different value');
  return current;
}

function itemAt(list: TomlValue, index: number, made: () => TomlValue): TomlValue {
  if (list.kind !== 'list') throw new OciError('invalid-config', 'a key is both a list and a different value');
  const item = list.items[index] ?? made();
  list.items[index] = item;
  return item;
}

function entryAt(table: TomlValue, name: string, at: Position, made: () => TomlValue): TomlValue {
  if (table.kind !== 'table') throw new OciError('invalid-config', 'a key is both a table and a different value');
  const entry = table.entries.get(name) ?? { at, value: made() };
  table.entries.set(name, entry);
  return entry.value;
}

function toValue(node: AST.TOMLContentNode): TomlValue {
  const at = positionOf(node);
  switch (node.type) {
    case 'TOMLArray':
      return { kind: 'list', at, items: node.elements.map(toValue) };
    case 'TOMLInlineTable': {
      const table: TomlTable = { kind: 'table', at, entries: new Map() };
      for (const pair of node.body) put(table, pair);
      return table;
    }
    case 'TOMLValue':
      return {
        kind: node.kind === 'string' ? 'text' : node.kind === 'boolean' ? 'boolean' : 'other',
        at,
        value: node.value,
      };
  }
}

function positionOf({ loc }: AST.TOMLNode): Position {
  return { line: loc.start.line, column: loc.start.column + 1 };
}
