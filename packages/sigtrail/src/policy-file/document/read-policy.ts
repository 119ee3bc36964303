import {
  type Document,
  isCollection,
  isMap,
  isPair,
  isScalar,
  LineCounter,
  parseAllDocuments,
  parseDocument,
  type YAMLError,
} from 'yaml';
import { optionError } from '@sigtrail/encoding';
import { SigtrailError } from '../../error.ts';
import { assertKeys } from '../../policy/parse-options.ts';
import { parsePolicy } from '../../policy/parse-policy.ts';
import type { ImagePolicy } from '../../policy/policy.ts';
import { fromDocument, type ReadKeyFile } from './from-document.ts';

/** How a policy file is read. */
export interface ReadPolicyOptions {
  /** Its name in errors. */
  readonly file?: string;
  /** Reads the `keyFile` of a rule, relative to a directory of the caller's choice; without it, such rules are refused. */
  readonly readKeyFile?: ReadKeyFile;
}

/** A place in a file; line and column count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A policy, with the places of its parts in the text. */
export interface LocatedPolicy {
  readonly policy: ImagePolicy;
  /** The place of a path like `signedBy[0].issuer`, or of the nearest part around it. */
  locate(path: string): Position;
}

// Policies are about a page long; a megabyte is a mistake or an attack.
const MAX_CHARACTERS = 1024 * 1024;

/**
 * Reads a policy from JSON or YAML text (`version: 1`), and checks it as `verifyImage` would.
 *
 * @throws SigtrailError `invalid-policy` with `path`, and file, line and column in its message
 * @example const policy = readPolicy(await readFile('policy.yaml', 'utf8'), { file: 'policy.yaml' });
 */
export function readPolicy(text: string, options: ReadPolicyOptions = {}): ImagePolicy {
  return readLocatedPolicy(text, options).policy;
}

/**
 * Like `readPolicy`, and says where each part is in the text: for linters.
 *
 * @throws SigtrailError `invalid-policy`
 */
export function readLocatedPolicy(text: string, options: ReadPolicyOptions = {}): LocatedPolicy {
  assertKeys(options, ['file', 'readKeyFile'], 'options');
  const { document, positionOf } = readYaml(text, options.file);
  const locate = (path: string): Position => positionOf(nodeOffset(document, segmentsOf(path)));
  try {
    const policy = fromDocument(document.toJS({ maxAliasCount: 0 }), options.readKeyFile);
    parsePolicy(policy);
    return { policy, locate };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (!(error instanceof TypeError && 'code' in error) && error.name !== 'ReferenceError') throw error;
    const path = /^"((?:[^"\\]|\\.)*)"/.exec(error.message)?.[1] ?? '';
    throw invalid(options.file, locate(path), error.message, path, error);
  }
}

/**
 * Reads YAML 1.2 (and so JSON) strictly: duplicate keys, aliases and several documents are refused.
 *
 * @throws SigtrailError `invalid-policy`
 */
export function readYaml(
  text: string,
  file: string | undefined,
): { readonly document: Document.Parsed; readonly positionOf: (offset: number) => Position } {
  const { options, positionOf } = prepareYaml(text, file);
  const document = parseDocument(text, options);
  refuseYamlErrors(document, file, positionOf);
  return { document, positionOf };
}

/**
 * The values of all documents of a YAML text, in order, without empty documents.
 *
 * @throws SigtrailError `invalid-policy`
 */
export function readYamlValues(text: string, file: string | undefined): readonly unknown[] {
  const { options, positionOf } = prepareYaml(text, file);
  const documents = parseAllDocuments(text, options);
  // For a text without any document, it does not return a list.
  if (!Array.isArray(documents)) return [];
  return documents.flatMap((document) => {
    refuseYamlErrors(document, file, positionOf);
    try {
      const value: unknown = document.toJS({ maxAliasCount: 0 });
      return value === null ? [] : [value];
    } catch (error) {
      if (!(error instanceof ReferenceError)) throw error;
      throw invalid(
        file,
        positionOf(document.range[0]),
        'aliases (*name) are not read: write the value out',
        '',
        error,
      );
    }
  });
}

function prepareYaml(
  text: string,
  file: string | undefined,
): {
  readonly options: NonNullable<Parameters<typeof parseDocument>[1]>;
  readonly positionOf: (offset: number) => Position;
} {
  if (typeof text !== 'string') throw optionError('invalid-option', '"text" must be the text of a policy');
  if (text.length > MAX_CHARACTERS) throw invalid(file, { line: 1, column: 1 }, 'a policy of more than 1 MiB', '');
  const lineCounter = new LineCounter();
  return {
    options: { version: '1.2', schema: 'core', uniqueKeys: true, lineCounter, prettyErrors: false },
    positionOf: (offset) => {
      const { line, col } = lineCounter.linePos(offset);
      return { line: Math.max(1, line), column: Math.max(1, col) };
    },
  };
}

function refuseYamlErrors(
  { errors, warnings }: Document.Parsed,
  file: string | undefined,
  positionOf: (offset: number) => Position,
): void {
  const [error] = [...errors, ...warnings];
  if (error !== undefined)
    throw invalid(
      file,
      positionOf(error.pos[0]),
      `not YAML or JSON: ${error.message.replace(/; please use .*$/s, '')}${hintOf(error)}`,
      '',
      error,
    );
}

/** Advice for the two mistakes that the parser describes in its own terms. */
function hintOf({ code }: YAMLError): string {
  switch (code) {
    case 'BAD_DQ_ESCAPE':
      return "; in double quotes YAML reads a backslash as an escape: put the expression in single quotes, '…', or double the backslash";
    case 'MULTIPLE_DOCS':
      return '; a policy file holds a single document, so nothing may follow ---';
    default:
      return '';
  }
}

function invalid(
  file: string | undefined,
  { line, column }: Position,
  message: string,
  path: string,
  cause?: unknown,
): SigtrailError {
  return new SigtrailError('invalid-policy', `${file ?? 'policy'}:${line}:${column}: ${message}`, {
    ...(cause === undefined ? {} : { cause }),
    ...(path === '' ? {} : { path }),
  });
}

/** `policy.allOf[1].signedBy` → `['allOf', 1, 'signedBy']`. */
function segmentsOf(path: string): readonly (string | number)[] {
  return [...path.replace(/^policy(?:\.|$)/, '').matchAll(/([^.[\]]+)|\[(\d+)\]/g)].map(([, name, index]) =>
    index === undefined ? (name ?? '') : Number(index),
  );
}

/** The offset of the key (or item) that the path leads to; as far as the path goes. */
function nodeOffset(document: Document.Parsed, segments: readonly (string | number)[]): number {
  let node: unknown = document.contents;
  let offset = rangeStart(node) ?? 0;
  for (const segment of segments) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === segment);
      if (pair === undefined) return offset;
      offset = rangeStart(pair.key) ?? offset;
      node = pair.value;
    } else if (isCollection(node) && typeof segment === 'number') {
      node = node.items[segment];
      offset = rangeStart(node) ?? offset;
    } else return offset;
  }
  return offset;
}

function rangeStart(node: unknown): number | undefined {
  if (typeof node !== 'object' || node === null || !('range' in node) || !Array.isArray(node.range)) return undefined;
  const start: unknown = node.range[0];
  return typeof start === 'number' ? start : undefined;
}
