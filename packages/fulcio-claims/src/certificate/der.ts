import { requireBytes, requireObject, requireText } from '@sigtrail/encoding';
import { ClaimsError } from '../error.ts';

/** One DER element (X.690 §8.1): its tag byte, its contents and the whole encoding, as views into the input. */
export interface DerElement {
  readonly tag: number;
  readonly contents: Uint8Array;
  readonly bytes: Uint8Array;
}

/** Universal and context tags that certificates and timestamp tokens use. */
export const TAG: Readonly<{
  boolean: 0x01;
  integer: 0x02;
  bitString: 0x03;
  octetString: 0x04;
  objectIdentifier: 0x06;
  utf8String: 0x0c;
  utcTime: 0x17;
  generalizedTime: 0x18;
  sequence: 0x30;
  set: 0x31;
  context0: 0xa0;
  context1: 0xa1;
  context2: 0xa2;
  context3: 0xa3;
}> = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
  context0: 0xa0,
  context1: 0xa1,
  context2: 0xa2,
  context3: 0xa3,
};

/**
 * Reads exactly one element: no trailing bytes, definite and minimal lengths only (X.690 §10.1).
 *
 * @throws ClaimsError `invalid-der` with the offending place in the message
 */
export function readDer(bytes: Uint8Array, what = 'DER'): DerElement {
  requireBytes(bytes, 'readDer', 'bytes');
  requireText(what, 'readDer', 'what');
  const element = readAt(bytes, 0, what);
  if (element.bytes.length !== bytes.length) throw malformed(what, 'bytes after the end of the structure');
  return element;
}

/** No list in a certificate or a timestamp token needs more. An element takes 2 bytes but an object far more, so a stranger's bytes must not be allowed to grow. */
const MAX_CHILDREN = 64;

/**
 * The elements inside a constructed element, in order.
 *
 * @throws ClaimsError `invalid-der`, also for more than 64 elements
 */
export function readChildren(parent: DerElement | Uint8Array, what = 'DER'): readonly DerElement[] {
  if (!(parent instanceof Uint8Array)) requireObject(parent, 'readChildren', 'parent', ['contents']);
  requireText(what, 'readChildren', 'what');
  const contents = parent instanceof Uint8Array ? parent : parent.contents;
  const children: DerElement[] = [];
  for (let offset = 0; offset < contents.length; ) {
    if (children.length === MAX_CHILDREN) throw malformed(what, `more than ${MAX_CHILDREN} elements in a list`);
    const child = readAt(contents, offset, what);
    children.push(child);
    offset += child.bytes.length;
  }
  return children;
}

/** Asserts the tag of an element that the structure requires. */
export function expectTag(element: DerElement | undefined, tag: number, what: string): DerElement {
  if (element !== undefined) requireObject(element, 'expectTag', 'element', ['contents']);
  requireText(what, 'expectTag', 'what');
  if (element === undefined) throw malformed(what, 'a required element is missing');
  if (element.tag !== tag)
    throw malformed(what, `expected tag 0x${tag.toString(16)}, got 0x${element.tag.toString(16)}`);
  return element;
}

// Room for several arcs of 128 bits; writing a longer identifier as text takes time that grows with the square of its length.
const MAX_OBJECT_IDENTIFIER_BYTES = 256;

/** Dotted text of an OBJECT IDENTIFIER. */
export function readObjectIdentifier(element: DerElement | undefined, what: string): string {
  requireText(what, 'readObjectIdentifier', 'what');
  const { contents } = expectTag(element, TAG.objectIdentifier, what);
  if (contents.length === 0 || (contents.at(-1) ?? 0x80) & 0x80) throw malformed(what, 'truncated object identifier');
  if (contents.length > MAX_OBJECT_IDENTIFIER_BYTES) throw malformed(what, 'object identifier over 256 bytes');
  let text = '';
  let arc: number | bigint = 0;
  let start = true;
  for (const byte of contents) {
    if (start && byte === 0x80) throw malformed(what, 'object identifier arc with a leading zero');
    // Plain numbers while they are exact; arcs that are UUIDs (ITU-T X.667) have 128 bits.
    arc =
      typeof arc === 'number' && arc < 2 ** 45 ? arc * 128 + (byte & 0x7f) : (BigInt(arc) << 7n) | BigInt(byte & 0x7f);
    start = (byte & 0x80) === 0;
    if (!start) continue;
    if (text === '') {
      const first: 0 | 1 | 2 = arc < 40 ? 0 : arc < 80 ? 1 : 2;
      text = `${first}.${typeof arc === 'number' ? arc - first * 40 : arc - BigInt(first * 40)}`;
    } else text += `.${arc}`;
    arc = 0;
  }
  return text;
}

/** An INTEGER as a bigint; negative numbers and non-minimal encodings are refused (X.690 §8.3.2). */
export function readUnsignedInteger(element: DerElement | undefined, what: string, maxBytes: number = 64): bigint {
  requireText(what, 'readUnsignedInteger', 'what');
  const { contents } = expectTag(element, TAG.integer, what);
  const [first, second] = contents;
  if (first === undefined) throw malformed(what, 'empty integer');
  if (first & 0x80) throw malformed(what, 'negative integer');
  if (first === 0 && second !== undefined && (second & 0x80) === 0)
    throw malformed(what, 'integer with a leading zero');
  if (contents.length > maxBytes) throw malformed(what, `integer over ${maxBytes} bytes`);
  return BigInt(`0x${Buffer.from(contents).toString('hex')}`);
}

/** A BOOLEAN; DER allows 0x00 and 0xff only (X.690 §11.1). */
export function readBoolean(element: DerElement, what: string): boolean {
  const { contents } = expectTag(element, TAG.boolean, what);
  if (contents.length !== 1 || (contents[0] !== 0 && contents[0] !== 0xff))
    throw malformed(what, 'boolean is not 0x00 or 0xff');
  return contents[0] === 0xff;
}

/** The bytes of a BIT STRING without unused bits. */
export function readBitString(element: DerElement | undefined, what: string): Uint8Array {
  const { contents } = expectTag(element, TAG.bitString, what);
  if (contents[0] !== 0) throw malformed(what, 'bit string with unused bits');
  return contents.subarray(1);
}

/** The bits of a BIT STRING that names each of them: unused bits are zero, and the last bit in use is one (X.690 §11.2). */
export function readNamedBits(element: DerElement | undefined, what: string): (bit: number) => boolean {
  const [unused = 8, ...bytes] = expectTag(element, TAG.bitString, what).contents;
  const last = bytes.at(-1) ?? 1;
  if (unused > 7 || (bytes.length === 0 && unused !== 0))
    throw malformed(what, 'bit string with a wrong count of unused bits');
  if ((bytes.length > 0 && (last >> unused) % 2 === 0) || (last & ((1 << unused) - 1)) !== 0)
    throw malformed(what, 'named bits are not in their shortest form');
  return (bit) => ((bytes[bit >> 3] ?? 0) & (0x80 >> (bit % 8))) !== 0;
}

/** UTCTime or GeneralizedTime in `Z`, seconds always present, fractions of GeneralizedTime kept to the millisecond. */
export function readTime(element: DerElement | undefined, what: string): Date {
  if (element !== undefined) requireObject(element, 'readTime', 'element', ['contents']);
  requireText(what, 'readTime', 'what');
  if (element === undefined || (element.tag !== TAG.utcTime && element.tag !== TAG.generalizedTime))
    throw malformed(what, 'expected UTCTime or GeneralizedTime');
  const text = Buffer.from(element.contents).toString('latin1');
  const match =
    element.tag === TAG.utcTime
      ? /^(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/.exec(text)
      : /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(?:\.(\d*[1-9]))?Z$/.exec(text);
  if (match === null) throw malformed(what, 'time is not in the form that DER allows');
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  // RFC 5280 §4.1.2.5.1: two-digit years from 50 belong to the 20th century.
  const fullYear = element.tag === TAG.utcTime ? (year >= 50 ? 1900 + year : 2000 + year) : year;
  const milliseconds = Number((match[7] ?? '').slice(0, 3).padEnd(3, '0'));
  const time = new Date(Date.UTC(2000, month - 1, day, hour, minute, second, milliseconds));
  time.setUTCFullYear(fullYear, month - 1, day); // Date.UTC takes the years 0 to 99 for 1900 to 1999
  const same =
    time.getUTCMonth() === month - 1 &&
    time.getUTCDate() === day &&
    time.getUTCHours() === hour &&
    time.getUTCMinutes() === minute &&
    time.getUTCSeconds() === second;
  if (!same) throw malformed(what, 'no such day or time');
  return time;
}

/** The error for malformed DER. */
export function malformed(what: string, why: string, oid?: string): ClaimsError {
  requireText(what, 'malformed', 'what');
  requireText(why, 'malformed', 'why');
  if (oid !== undefined) requireText(oid, 'malformed', 'oid');
  return new ClaimsError('invalid-der', `${what} is malformed: ${why}`, oid === undefined ? {} : { oid });
}

function readAt(bytes: Uint8Array, offset: number, what: string): DerElement {
  const tag = bytes[offset];
  const first = bytes[offset + 1];
  if (tag === undefined || first === undefined) throw malformed(what, 'it ends in the middle of an element');
  if ((tag & 0x1f) === 0x1f) throw malformed(what, 'multi-byte tags are not used here');
  let length = first;
  let header = 2;
  if (first & 0x80) {
    const count = first & 0x7f;
    if (count === 0) throw malformed(what, 'indefinite length');
    if (count > 4) throw malformed(what, 'length of more than four bytes');
    length = 0;
    for (let index = 0; index < count; index++) {
      const byte = bytes[offset + 2 + index];
      if (byte === undefined) throw malformed(what, 'it ends in the middle of a length');
      if (index === 0 && byte === 0) throw malformed(what, 'length with a leading zero');
      length = length * 256 + byte;
    }
    if (length < 0x80) throw malformed(what, 'length not in its shortest form');
    header += count;
  }
  const end = offset + header + length;
  if (end > bytes.length) throw malformed(what, 'an element is longer than its container');
  return { tag, contents: bytes.subarray(offset + header, end), bytes: bytes.subarray(offset, end) };
}
