import './require-runtime.ts';

export {
  decodeBase64,
  decodeBase64Lines,
  decodeHex,
  encodeBase64,
  encodeHex,
  isHexOf,
  sameBytes,
  withoutLineBreaks,
} from './base64.ts';
export { counted } from './counted.ts';
export { EncodingError, isEncodingError } from './error.ts';
export type { EncodingErrorCode } from './error.ts';
export { createGate, type Gate } from './gate.ts';
export { inTime } from './in-time.ts';
export { foldKey, parseJsonStrict } from './strict-json.ts';
export type { KnownKeys, StrictJsonOptions } from './strict-json.ts';
export {
  checkOptions,
  expecting,
  optionError,
  requireBytes,
  requireDocument,
  requireFunction,
  requireList,
  requireObject,
  requireText,
  suggestName,
} from './options.ts';
export type { CheckOption, OptionErrorCode, OptionTable } from './options.ts';
export { visibleText } from './visible-text.ts';
