import { type Document, isCollection, isMap, isPair, isScalar, LineCounter, parseDocument } from 'yaml';
import type { TextPosition } from '../text/place.ts';

/** A document from people: one, without aliases, its keys unique. */
export interface StrictDocument {
  readonly value: unknown;
  /** The place of the key or item that these steps lead to; as far as they go. */
  locate(steps: readonly PropertyKey[]): TextPosition;
}

/** What is wrong with it, and where. */
export interface DocumentProblem {
  readonly message: string;
  readonly position: TextPosition;
  readonly cause?: unknown;
}

const MAX_CHARACTERS = 1024 * 1024;

/** Reads YAML 1.2 or JSON strictly. */
export function readStrictDocument(
  text: string,
  maxCharacters: number = MAX_CHARACTERS,
): StrictDocument | DocumentProblem {
  const lineCounter = new LineCounter();
  const positionOf = (offset: number): TextPosition => {
    const { line, col } = lineCounter.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  if (text.length > maxCharacters)
    return { message: `has more than ${maxCharacters} characters`, position: { line: 1, column: 1 } };
  if (/[[{]{50}|(?:- ){50}/.test(text.replaceAll(/\s+(?=[[{])/g, '')))
    return { message: 'is nested too deeply to be read', position: { line: 1, column: 1 } };
  const options = { version: '1.2', schema: 'core', uniqueKeys: true, lineCounter, prettyErrors: false } as const;
  const document = parseDocument(text, options);
  const [error] = [...document.errors, ...document.warnings];
  if (error !== undefined)
    return {
      message: `not YAML or JSON: ${error.message.replace(/; please use .*$/s, '')}`,
      position: positionOf(error.pos[0]),
      cause: error,
    };
  try {
    const value: unknown = document.toJS({ maxAliasCount: 0 });
    return { value, locate: (steps) => positionOf(offsetOf(document, steps)) };
  } catch (cause) {
    if (!(cause instanceof ReferenceError)) throw cause;
    return { message: 'aliases (*name) are not read: write the value out', position: { line: 1, column: 1 }, cause };
  }
}

function offsetOf(document: Document.Parsed, steps: readonly PropertyKey[]): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const step of steps) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === step);
      if (pair === undefined) return offset;
      offset = startOf(pair.key) ?? offset;
      node = pair.value;
    } else if (isCollection(node) && typeof step === 'number') {
      node = node.items[step];
      offset = startOf(node) ?? offset;
    } else return offset;
  }
  return offset;
}

function startOf(node: unknown): number | undefined {
  if (typeof node !== 'object' || node === null || !('range' in node) || !Array.isArray(node.range)) return undefined;
  const start: unknown = node.range[0];
  return typeof start === 'number' ? start : undefined;
}

/** `allOf[1].signedBy` → `['allOf', 1, 'signedBy']`. */
export function stepsOf(path: string): readonly (string | number)[] {
  return [...path.matchAll(/([^.[\]]+)|\[(\d+)\]/g)].map(([, name, index]) =>
    index === undefined ? (name ?? '') : Number(index),
  );
}
