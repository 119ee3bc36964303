/** Bytes of canonical standard base64 (RFC 4648 §4): padded, no other characters, one spelling. Otherwise `undefined`. */
export function bytesOf(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}
