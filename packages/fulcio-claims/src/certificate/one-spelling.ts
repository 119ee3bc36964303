import { requireObject, requireText } from '@sigtrail/encoding';
import {
  type DerElement,
  expectTag,
  malformed,
  readBoolean,
  readChildren,
  readObjectIdentifier,
  readTime,
  TAG,
} from './der.ts';

// Names, keys and extensions nest about eight levels deep.
const MAX_DEPTH = 24;
const CONSTRUCTED = 0x20;
const CLASS = 0xc0;

/**
 * Walks an element to its leaves and refuses everything that DER would spell differently (X.690 §10, §11): lengths, strings in parts, booleans,
 * integers, object identifiers, times, spare bits, text outside its alphabet. For elements that are signed or trusted although not every part is
 * read: OpenSSL and others accept many spellings of the same certificate. The contents of a context-specific primitive are not checked,
 * since only the reader of its structure knows what they are.
 *
 * @throws ClaimsError `invalid-der`
 */
export function assertOneSpelling(element: DerElement, what: string, depth: number = 0): void {
  requireObject(element, 'assertOneSpelling', 'element', ['contents', 'bytes']);
  requireText(what, 'assertOneSpelling', 'what');
  const { tag } = element;
  if ((tag & CONSTRUCTED) === 0) {
    if ((tag & CLASS) === 0) assertPrimitive(element, what);
    return;
  }
  // X.690 §10.2: only BER allows a string in parts.
  if ((tag & CLASS) === 0 && tag !== TAG.sequence && tag !== TAG.set)
    throw malformed(what, `a value with the tag 0x${tag.toString(16)} is put together from parts`);
  if (depth === MAX_DEPTH) throw malformed(what, `more than ${MAX_DEPTH} levels of elements`);
  for (const child of readChildren(element, what)) assertOneSpelling(child, what, depth + 1);
}

/** Checks the order of the elements of a SET OF: ascending by their encodings (X.690 §11.6). */
export function assertSorted(elements: readonly DerElement[], what: string): void {
  for (const [index, { bytes }] of elements.entries()) {
    const next = elements[index + 1];
    if (next !== undefined && Buffer.compare(bytes, next.bytes) > 0) throw malformed(what, 'a SET is not in order');
  }
}

const ENUMERATED = 0x0a;
const NULL = 0x05;
// RFC 5280 leaves these to old certificates: readers disagree about what the bytes mean, but not about how they are written.
const TELETEX_STRING = 0x14;

function assertPrimitive(element: DerElement, what: string): void {
  const { tag, contents } = element;
  switch (tag) {
    case TAG.boolean:
      readBoolean(element, what);
      return;
    case TAG.integer:
    case ENUMERATED:
      assertShortestInteger(contents, what);
      return;
    case TAG.bitString:
      assertSpareBits(contents, what);
      return;
    case TAG.objectIdentifier:
      readObjectIdentifier(element, what);
      return;
    case TAG.utcTime:
    case TAG.generalizedTime:
      readTime(element, what);
      return;
    case NULL:
      if (contents.length > 0) throw malformed(what, 'a NULL with contents');
      return;
    case TAG.octetString:
    case TELETEX_STRING:
      return;
    default:
      assertText(element, what);
  }
}

/** X.690 §8.3.2: the first nine bits are never all the same. */
function assertShortestInteger([first, second]: Uint8Array, what: string): void {
  if (first === undefined) throw malformed(what, 'an empty integer');
  if (second === undefined) return;
  const isFiller = second & 0x80 ? first === 0xff : first === 0;
  if (isFiller) throw malformed(what, 'an integer is not in its shortest form');
}

/** X.690 §11.2.1: bits that don't count are zero. */
function assertSpareBits([spare = 8, ...bytes]: Uint8Array, what: string): void {
  const last = bytes.at(-1) ?? 0;
  if (spare > 7 || (bytes.length === 0 && spare !== 0) || (last & ((1 << spare) - 1)) !== 0)
    throw malformed(what, 'a bit string has spare bits that are not zero');
}

const ALPHABETS: Readonly<Record<number, RegExp>> = {
  0x12: /^[0-9 ]*$/, // NumericString
  // PrintableString, with the `*` and `&` of certificates in use, as in Go and OpenSSL.
  0x13: /^[A-Za-z0-9 '()+,\-./:=?*&]*$/,
  // oxlint-disable-next-line no-control-regex -- IA5String is ASCII, control characters included
  0x16: /^[\u0000-\u007f]*$/,
  0x1a: /^[\u0020-\u007e]*$/, // VisibleString
};
const BMP_STRING = 0x1e;
const UNIVERSAL_STRING = 0x1c;

function assertText({ tag, contents }: DerElement, what: string): void {
  if (tag === TAG.utf8String) {
    assertUtf8(contents, what);
    return;
  }
  if (tag === BMP_STRING || tag === UNIVERSAL_STRING) {
    if (contents.length % (tag === BMP_STRING ? 2 : 4) === 0) return;
    throw malformed(what, 'text with a part of a character');
  }
  const alphabet = ALPHABETS[tag];
  if (alphabet === undefined)
    throw malformed(what, `a value with the tag 0x${tag.toString(16)}, which is not used here`);
  if (!alphabet.test(Buffer.from(contents).toString('latin1')))
    throw malformed(what, 'text with characters that its type does not have');
}

function assertUtf8(contents: Uint8Array, what: string): void {
  if (contents.every((byte) => byte < 0x80)) return;
  const view = Buffer.from(contents.buffer, contents.byteOffset, contents.byteLength);
  if (!view.equals(Buffer.from(view.toString('utf8')))) throw malformed(what, 'text that is not UTF-8');
}

/** An ECDSA signature (RFC 3279 §2.2.3): exactly r and s, both above zero and in their shortest form. */
export function assertEcdsaSignature(element: DerElement, what: string): void {
  const numbers = readChildren(expectTag(element, TAG.sequence, what), what);
  if (numbers.length !== 2) throw malformed(what, 'an ECDSA signature is not two numbers');
  for (const number of numbers) {
    const { contents } = expectTag(number, TAG.integer, what);
    assertShortestInteger(contents, what);
    const [first = 0x80] = contents;
    if (first >= 0x80 || (first === 0 && contents.length === 1))
      throw malformed(what, 'an ECDSA signature with a number that is not above zero');
  }
}
