import { ClaimsError } from './error.ts';

/** One DER element (X.690 §8.1): its tag byte, its contents and the whole encoding, as views into the input. */
export interface DerElement {
  readonly tag: number;
  readonly contents: Uint8Array;
  readonly bytes: Uint8Array;
}

export const UTF8_STRING = 0x0c;
export const OBJECT_IDENTIFIER = 0x06;
export const SEQUENCE = 0x30;

/**
 * Reads bytes that are exactly one DER element: nothing after it, which another reader might take for more.
 *
 * @throws ClaimsError `invalid-der`
 */
export function readDer(bytes: Uint8Array): DerElement {
  const element = readAt(bytes, 0);
  if (element.bytes.byteLength !== bytes.byteLength) throw refusal('has bytes after its end');
  return element;
}

/**
 * Reads bytes that are DER elements one after the other: the contents of a SEQUENCE.
 *
 * @throws ClaimsError `invalid-der`
 */
export function readDerList(contents: Uint8Array): readonly DerElement[] {
  const elements: DerElement[] = [];
  for (let offset = 0; offset < contents.byteLength; ) {
    const element = readAt(contents, offset);
    elements.push(element);
    offset += element.bytes.byteLength;
  }
  return elements;
}

/**
 * Decodes the contents of an OBJECT IDENTIFIER to dotted decimal (X.690 §8.19).
 *
 * @throws ClaimsError `invalid-der`
 */
export function decodeObjectIdentifier(contents: Uint8Array): string {
  const arcs: bigint[] = [];
  let arc = 0n;
  let isFirstByte = true;
  for (const byte of contents) {
    // A leading 0x80 would be a second spelling of the same arc.
    if (isFirstByte && byte === 0x80) throw refusal('has an object identifier that is not minimal');
    arc = (arc << 7n) | BigInt(byte & 0x7f);
    isFirstByte = byte < 0x80;
    if (isFirstByte) {
      arcs.push(arc);
      arc = 0n;
    }
  }
  const [first, ...rest] = arcs;
  if (first === undefined || !isFirstByte) throw refusal('has an object identifier that is cut off');
  const root = first < 80n ? first / 40n : 2n;
  return [root, first - root * 40n, ...rest].join('.');
}

function readAt(bytes: Uint8Array, offset: number): DerElement {
  const tag = bytes[offset];
  const first = bytes[offset + 1];
  if (tag === undefined || first === undefined) throw refusal('is cut off');
  // Tags above 30 take more bytes; nothing in these extensions has one.
  if ((tag & 0x1f) === 0x1f) throw refusal('has a tag of more than one byte');
  let start = offset + 2;
  let length = first;
  if (first >= 0x80) {
    // 0x80 is the indefinite length of BER; above four bytes no certificate fits in memory.
    const lengthBytes = first & 0x7f;
    if (lengthBytes === 0 || lengthBytes > 4) throw refusal('has a length that is not DER');
    length = 0;
    for (let index = 0; index < lengthBytes; index += 1) {
      const byte = bytes[start + index];
      if (byte === undefined) throw refusal('is cut off');
      length = length * 256 + byte;
    }
    if (length < 0x80 || length < 256 ** (lengthBytes - 1)) throw refusal('has a length that is not minimal');
    start += lengthBytes;
  }
  const end = start + length;
  if (end > bytes.byteLength) throw refusal('is cut off');
  return { tag, contents: bytes.subarray(start, end), bytes: bytes.subarray(offset, end) };
}

function refusal(what: string): ClaimsError {
  return new ClaimsError('invalid-der', `DER ${what}`);
}
