/** Are these the same bytes? */
export function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** Lower-case hexadecimal. */
export function hex(bytes: Uint8Array): string {
  return view(bytes).toString('hex');
}

/** Standard base64; `none` for what is not there, as check messages show it. */
export function base64(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? 'none' : view(bytes).toString('base64');
}

/** No copy: what is written out is often some KB. */
function view({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
