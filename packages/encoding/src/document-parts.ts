import { decodeBase64 } from './base64.ts';
import { requireFunction, requireList, requireObject, requireText } from './options.ts';

/** Makes the error of a document's reader: `path` is the place in the document, `why` what is wrong there. */
export type DocumentFault = (path: string, why: string) => Error;

/** Decodes a member of a document that is in base64. @throws what `fault` makes */
export function decodeBase64At(text: string, path: string, fault: DocumentFault): Uint8Array {
  requireFunction(fault, 'decodeBase64At', 'fault');
  requireText(path, 'decodeBase64At', 'path');
  const bytes = decodeBase64(text);
  if (bytes === undefined) throw fault(path, 'not canonical base64');
  return bytes;
}

/** A `TimeRange` of protobuf-specs: RFC 3339; the end may be `null` or missing. @throws what `fault` makes */
export function readTimeRange(
  range: { readonly start: string; readonly end?: string | null | undefined },
  path: string,
  fault: DocumentFault,
): { readonly start: Date; readonly end?: Date } {
  requireObject(range, 'readTimeRange', 'range', ['start']);
  requireText(path, 'readTimeRange', 'path');
  requireFunction(fault, 'readTimeRange', 'fault');
  const start = new Date(range.start);
  if (Number.isNaN(start.getTime())) throw fault(`${path}.start`, 'not a time');
  if (range.end == null) return { start };
  const end = new Date(range.end);
  if (Number.isNaN(end.getTime())) throw fault(`${path}.end`, 'not a time');
  if (end < start) throw fault(path, 'ends before it starts');
  return { start, end };
}

/** The place of a member in the usual notation: `tlogs[0].publicKey`. */
export function formatMemberPath(path: readonly PropertyKey[]): string {
  requireList(path, 'formatMemberPath', 'path');
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`))
    .join('');
}
