import { GateError } from '../error.ts';

/** A rendered chart with its custom resources has a few megabytes. */
export const MAX_BYTES: number = 8 * 1024 * 1024;

/**
 * The text of a file, whose bytes come back unchanged from `Buffer.from(text)`: a byte-order mark stays, and bytes that are no UTF-8 are refused.
 *
 * @throws GateError `too-large`, `not-utf8`
 */
export function decodeText(bytes: Uint8Array, file: string): string {
  if (bytes.byteLength > MAX_BYTES)
    throw new GateError('too-large', `has ${bytes.byteLength} bytes; at most ${MAX_BYTES} are read`, { file });
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new GateError('not-utf8', 'is not text in UTF-8', { file, cause });
  }
}
