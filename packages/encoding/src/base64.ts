import { requireBytes, requireText } from './options.ts';
/**
 * Decodes standard padded base64 (RFC 4648 §4) in its canonical spelling; `undefined` for anything else.
 * Node's own decoder skips foreign characters, so two texts would stand for the same signed bytes.
 */
export function decodeBase64(text: string): Uint8Array | undefined {
  requireText(text, 'decodeBase64', 'text');
  if (text.length <= SHORT) return decodeShort(text);
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? new Uint8Array(bytes) : undefined;
}

/**
 * Decodes standard padded base64 whose lines may be broken by CR and LF only; `undefined` for anything else. For evidence, which scripts assemble with
 * `base64(1)`: Go's readers skip these two characters anywhere, and so does every other verifier. The bytes count: texts that differ only in
 * line breaks are the same piece of evidence.
 */
export function decodeBase64Lines(text: string): Uint8Array | undefined {
  requireText(text, 'decodeBase64Lines', 'text');
  return decodeBase64(withoutLineBreaks(text));
}

/** A base64 text in one line. */
export function withoutLineBreaks(text: string): string {
  requireText(text, 'withoutLineBreaks', 'text');
  return text.includes('\n') || text.includes('\r') ? text.replaceAll(/[\r\n]/g, '') : text;
}

// For hashes and signatures. Going through Node for so few characters or bytes costs more than a loop.
const SHORT = 256;

function decodeShort(text: string): Uint8Array | undefined {
  const { length } = text;
  if (length % 4 !== 0) return undefined;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const bytes = new Uint8Array((length / 4) * 3 - padding);
  const whole = padding === 0 ? length : length - 4;
  let at = 0;
  for (let i = 0; i < whole; i += 4) {
    const high = (digitAt(text, i) << 6) | digitAt(text, i + 1);
    const low = (digitAt(text, i + 2) << 6) | digitAt(text, i + 3);
    if ((high | low) >= FOREIGN) return undefined;
    bytes[at] = high >> 4;
    bytes[at + 1] = (high << 4) | (low >> 8);
    bytes[at + 2] = low;
    at += 3;
  }
  if (padding === 0) return bytes;
  const high = (digitAt(text, whole) << 6) | digitAt(text, whole + 1);
  const low = padding === 1 ? digitAt(text, whole + 2) << 6 : 0;
  // Bits that belong to no byte must be zero, or there would be a second spelling.
  const spare = padding === 1 ? low & 0xff : high & 0xf;
  if ((high | low) >= FOREIGN || spare !== 0) return undefined;
  bytes[at] = high >> 4;
  if (padding === 1) bytes[at + 1] = (high << 4) | (low >> 8);
  return bytes;
}

function digitAt(text: string, at: number): number {
  return DIGITS[text.charCodeAt(at)] ?? FOREIGN;
}

// Above two digits of six bits.
const FOREIGN = 1 << 12;
const DIGITS = new Uint16Array(128).fill(FOREIGN);
const ALPHABET = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/');
for (const [value, digit] of ALPHABET.entries()) DIGITS[digit] = value;

/** Standard padded base64. */
export function encodeBase64(bytes: Uint8Array): string {
  requireBytes(bytes, 'encodeBase64', 'bytes');
  // A view: a body has a few KB, and copying it costs more than encoding it.
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

/** Decodes lower-case hexadecimal of whole bytes; `undefined` for anything else. */
export function decodeHex(text: string): Uint8Array | undefined {
  requireText(text, 'decodeHex', 'text');
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/.test(text)) return undefined;
  return new Uint8Array(Buffer.from(text, 'hex'));
}

/** Lower-case hexadecimal. */
export function encodeHex(bytes: Uint8Array): string {
  requireBytes(bytes, 'encodeHex', 'bytes');
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

/** Whether two byte strings are equal. For public values: not constant-time. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  requireBytes(a, 'sameBytes', 'a');
  requireBytes(b, 'sameBytes', 'b');
  const { byteLength } = a;
  if (byteLength > SHORT) return Buffer.compare(a, b) === 0;
  for (let at = 0; at < byteLength; at += 1) if (a[at] !== b[at]) return false;
  return b.byteLength === byteLength;
}

/** Whether a text is the lower-case hexadecimal of these bytes. */
export function isHexOf(text: string, bytes: Uint8Array): boolean {
  requireText(text, 'isHexOf', 'text');
  requireBytes(bytes, 'isHexOf', 'bytes');
  if (text.length !== 2 * bytes.byteLength) return false;
  for (let at = 0; at < bytes.byteLength; at += 1) {
    const byte = bytes[at] ?? 0;
    if (text.charCodeAt(2 * at) !== HEX[byte >> 4] || text.charCodeAt(2 * at + 1) !== HEX[byte & 0xf]) return false;
  }
  return true;
}

const HEX = Buffer.from('0123456789abcdef');
