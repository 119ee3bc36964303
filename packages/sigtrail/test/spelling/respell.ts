import { readChildren, readDer } from '@sigtrail/fulcio-claims/certificate';

/** The same value, written as DER doesn't write it. */
export interface Respelling {
  /** Where, as the tags from the outermost element inwards, and what. */
  readonly what: string;
  readonly bytes: Buffer;
}

interface Element {
  readonly tag: number;
  /** What comes before the elements inside: the count of spare bits in a BIT STRING. */
  readonly head: Uint8Array;
  /** The elements inside, also those that octets and bits hold. */
  readonly children: readonly Element[];
  readonly contents: Uint8Array;
}

/**
 * Every other spelling of every element of a DER value that some reader takes for the same: lengths in long form, integers and arcs with a
 * leading zero, TRUE as 1, times with an offset, NULL with contents, spare bits that are not zero, strings in parts.
 */
export function respell(bytes: Uint8Array): readonly Respelling[] {
  return variants(parse(bytes, false)).map(({ what, bytes: respelt }) => ({ what, bytes: Buffer.from(respelt) }));
}

function variants(element: Element): readonly Respelling[] {
  const tag = element.tag.toString(16);
  const own = OTHER_SPELLINGS.flatMap(([what, write]) => {
    const bytes = write(element, contentsOf(element));
    return bytes === undefined ? [] : [{ what: `${tag} ${what}`, bytes }];
  });
  const inner = element.children.flatMap((child, index) =>
    variants(child).map(({ what, bytes }) => {
      const parts = element.children.map((other, at) => (at === index ? bytes : write(other.tag, contentsOf(other))));
      return { what: `${tag} ${what}`, bytes: write(element.tag, Buffer.concat([element.head, ...parts])) };
    }),
  );
  return [...own, ...inner];
}

type Write = (element: Element, contents: Buffer) => Buffer | undefined;

const is = (element: Element, ...tags: readonly number[]): boolean => tags.includes(element.tag);
const STRINGS = [0x03, 0x04, 0x0c, 0x13, 0x16];

const OTHER_SPELLINGS: readonly (readonly [string, Write])[] = [
  ['with a long length', ({ tag }, contents) => Buffer.concat([Buffer.of(tag, 0x84), lengthOf(contents), contents])],
  ['of no given length', ({ tag }, contents) => Buffer.concat([Buffer.of(tag, 0x80), contents, Buffer.of(0, 0)])],
  [
    'with a filler in front',
    (element, contents) => {
      const filler = (contents[0] ?? 0) & 0x80 ? 0xff : 0;
      return is(element, 0x02, 0x0a) ? write(element.tag, Buffer.concat([Buffer.of(filler), contents])) : undefined;
    },
  ],
  [
    'with an arc that starts with zero',
    (element, contents) =>
      is(element, 0x06)
        ? write(0x06, Buffer.concat([contents.subarray(0, 1), Buffer.of(0x80), contents.subarray(1)]))
        : undefined,
  ],
  ['as 1', (element) => (is(element, 0x01) ? Buffer.of(1, 1, 1) : undefined)],
  ['with contents', (element) => (is(element, 0x05) ? Buffer.of(5, 1, 0) : undefined)],
  [
    'with an offset',
    (element, contents) =>
      is(element, 0x17, 0x18)
        ? write(element.tag, Buffer.concat([contents.subarray(0, -1), Buffer.from('+0000')]))
        : undefined,
  ],
  [
    'with a fraction of zero',
    (element, contents) =>
      is(element, 0x18) && !contents.includes('.')
        ? write(0x18, Buffer.concat([contents.subarray(0, -1), Buffer.from('.0Z')]))
        : undefined,
  ],
  [
    'with spare bits that are one',
    (element, contents) =>
      is(element, 0x03) ? write(0x03, Buffer.concat([Buffer.of(3), contents.subarray(1), Buffer.of(0xff)])) : undefined,
  ],
  [
    'in parts',
    (element, contents) =>
      is(element, ...STRINGS) ? write(element.tag | 0x20, write(element.tag, contents)) : undefined,
  ],
  ['by a tag of two bytes', ({ tag }, contents) => longTag(tag, contents)],
];

function longTag(tag: number, contents: Buffer): Buffer {
  const [, ...rest] = write(tag, contents);
  return Buffer.from([tag | 0x1f, tag & 0x1f, ...rest]);
}

function parse(bytes: Uint8Array, isValue: boolean): Element {
  const { tag, contents } = readDer(bytes);
  const head = tag === 0x03 ? contents.subarray(0, 1) : contents.subarray(0, 0);
  const inside = contents.subarray(head.length);
  return { tag, head, contents, children: childrenOf(tag, inside, isValue) };
}

/** Bits hold elements in keys and signatures, octets where they are the value of an extension or the content of a message. */
function childrenOf(tag: number, contents: Uint8Array, isValue: boolean): readonly Element[] {
  if (tag & 0x20) {
    const children = readChildren(contents);
    const isTyped = children[0]?.tag === 0x06 || tag === 0xa0;
    return children.map(({ bytes }, index) => parse(bytes, isTyped && index === children.length - 1));
  }
  const mayHold = (tag === 0x03 && contents[0] === 0x30) || (tag === 0x04 && isValue);
  return mayHold && isElement(contents) ? [parse(contents, false)] : [];
}

function isElement(contents: Uint8Array): boolean {
  try {
    readDer(contents);
    return true;
  } catch {
    return false; // text, a digest or a key
  }
}

function contentsOf({ head, children, contents }: Element): Buffer {
  if (children.length === 0) return Buffer.from(contents);
  return Buffer.concat([head, ...children.map((child) => write(child.tag, contentsOf(child)))]);
}

function write(tag: number, contents: Uint8Array): Buffer {
  const { length } = contents;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, Math.floor(length / 256), length % 256];
  return Buffer.concat([Buffer.from([tag, ...size]), contents]);
}

function lengthOf({ length }: Uint8Array): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(length);
  return bytes;
}
