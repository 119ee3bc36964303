/**
 * Decodes standard padded base64 (RFC 4648 §4) that has exactly one spelling, or gives `undefined`.
 * Node's own decoder skips foreign characters, so two texts would stand for the same signed bytes.
 */
export function decodeBase64(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? new Uint8Array(bytes) : undefined;
}

/** Standard padded base64. */
export function encodeBase64(bytes: Uint8Array): string {
  // A view: a body is some KB, and copying it costs more than writing it.
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

/** Decodes lower-case hexadecimal of whole bytes, or gives `undefined`. */
export function decodeHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/.test(text)) return undefined;
  return new Uint8Array(Buffer.from(text, 'hex'));
}

/** Lower-case hexadecimal. */
export function encodeHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** Whether two byte strings are equal. For public values: not constant-time. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
