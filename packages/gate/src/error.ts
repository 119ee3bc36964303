import type { TextPosition } from './text/place.ts';

const MARK: symbol = Symbol.for('sigtrail.GateError');

/** Why this package throws. */
export type GateErrorCode =
  | 'too-large'
  | 'too-deep'
  | 'too-many-nodes'
  | 'too-many-documents'
  | 'not-utf8'
  | 'not-text'
  | 'invalid-yaml'
  | 'unknown-kind'
  | 'unreadable-file'
  | 'invalid-policy-map'
  | 'invalid-lock'
  | 'invalid-environment-file'
  | 'changed-meanwhile'
  | 'pin-mismatch'
  | 'unwritable-file'
  | 'file-exists';

/** What a `GateError` carries besides its code and sentence. */
export interface GateErrorDetails {
  readonly cause?: unknown;
  readonly file?: string;
  /** Where it stands in the file; missing where the whole file is meant. */
  readonly position?: TextPosition;
  /** Where in the document, for example `images[0].policy`. */
  readonly path?: string;
}

/**
 * The one error class of this package: a file broke a rule. Its message begins with `file:line:column:`.
 *
 * @example
 * try {
 *   parsePolicyMap(text, { file: 'sigtrail.yaml' });
 * } catch (error) {
 *   if (!isGateError(error)) throw error;
 *   console.error(error.code, error.position);
 * }
 */
export class GateError extends Error {
  override readonly name = 'GateError';
  readonly code: GateErrorCode;
  declare readonly file?: string;
  declare readonly position?: TextPosition;
  declare readonly path?: string;

  constructor(code: GateErrorCode, message: string, details: GateErrorDetails = {}) {
    const { cause, file, position, path } = details;
    const place = position === undefined ? file : `${file ?? 'text'}:${position.line}:${position.column}`;
    super(place === undefined ? message : `${place}: ${message}`, cause === undefined ? undefined : { cause });
    this.code = code;
    if (file !== undefined) this.file = file;
    if (position !== undefined) this.position = position;
    if (path !== undefined) this.path = path;
    Object.defineProperty(this, MARK, { value: true });
  }
}

/** Recognises a `GateError` across copies of this package in one process. */
export function isGateError(value: unknown): value is GateError {
  return typeof value === 'object' && value !== null && Reflect.get(value, MARK) === true;
}
