import type { Random } from './random.ts';

/** Bytes with one thing changed, and a word for what. */
export interface MutatedBytes {
  readonly bytes: Buffer;
  readonly what: string;
}

/** Changes bytes that may be anything. */
export function mutateBytes(bytes: Buffer, random: Random): MutatedBytes {
  switch (random.below(6)) {
    case 0:
      return { bytes: bytes.subarray(0, random.below(bytes.length + 1)), what: 'truncated' };
    case 1:
      return { bytes: Buffer.concat([bytes, Buffer.alloc(1 + random.below(3), random.below(256))]), what: 'extended' };
    case 2: {
      const at = random.below(bytes.length + 1);
      return {
        bytes: Buffer.concat([bytes.subarray(0, at), Buffer.of(random.below(256)), bytes.subarray(at)]),
        what: 'byte inserted',
      };
    }
    case 3: {
      const at = random.below(Math.max(bytes.length, 1));
      return { bytes: Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]), what: 'byte removed' };
    }
    default: {
      const copy = Buffer.from(bytes);
      if (copy.length > 0) {
        const at = random.below(copy.length);
        copy[at] = (copy[at] ?? 0) ^ (1 << random.below(8));
      }
      return { bytes: copy, what: 'bit flipped' };
    }
  }
}

/** One element of a DER value: where it starts, where its content starts and ends. */
interface Element {
  readonly start: number;
  readonly content: number;
  readonly end: number;
}

/** Changes DER as one who knows DER would: other tags, other spellings of a length, elements doubled, dropped and swapped. */
export function mutateDer(bytes: Buffer, random: Random): MutatedBytes {
  const elements = readElements(bytes, 0, bytes.length, 0);
  if (elements.length === 0 || random.below(4) === 0) return mutateBytes(bytes, random);
  const element = random.pick(elements);
  const { start, content, end } = element;
  const whole = bytes.subarray(start, end);
  const splice = (replacement: Buffer): Buffer =>
    resize(bytes, elements, element, Buffer.concat([bytes.subarray(start, start), replacement]));
  switch (random.below(7)) {
    case 0: {
      const copy = Buffer.from(bytes);
      copy[start] = random.pick([0x02, 0x03, 0x04, 0x05, 0x06, 0x0c, 0x13, 0x17, 0x18, 0x30, 0x31, 0xa0, 0x80]);
      return { bytes: copy, what: 'DER tag changed' };
    }
    case 1: {
      // BER's long form where DER asks for the short one.
      const length = end - content;
      const long = length < 0x100 ? Buffer.of(0x82, 0, length) : Buffer.of(0x83, 0, length >> 8, length & 0xff);
      return {
        bytes: splice(Buffer.concat([whole.subarray(0, 1), long, bytes.subarray(content, end)])),
        what: 'DER length spelled long',
      };
    }
    case 2:
      return { bytes: splice(Buffer.concat([whole, whole])), what: 'DER element doubled' };
    case 3:
      return { bytes: splice(Buffer.alloc(0)), what: 'DER element dropped' };
    case 4: {
      const other = random.pick(elements);
      return { bytes: splice(Buffer.from(bytes.subarray(other.start, other.end))), what: 'DER element replaced' };
    }
    case 5: {
      // A leading zero in front: another spelling of the same INTEGER.
      const padded = Buffer.concat([Buffer.of(0), bytes.subarray(content, end)]);
      return {
        bytes: splice(Buffer.concat([whole.subarray(0, 1), lengthOf(padded.length), padded])),
        what: 'DER content padded',
      };
    }
    default: {
      const inner = mutateBytes(Buffer.from(bytes.subarray(content, end)), random).bytes;
      return {
        bytes: splice(Buffer.concat([whole.subarray(0, 1), lengthOf(inner.length), inner])),
        what: 'DER content changed',
      };
    }
  }
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.of(length);
  if (length < 0x100) return Buffer.of(0x81, length);
  return Buffer.of(0x82, length >> 8, length & 0xff);
}

/** Puts `replacement` where `element` was, and corrects the lengths of everything around it. */
function resize(bytes: Buffer, elements: readonly Element[], element: Element, replacement: Buffer): Buffer {
  const around = elements
    .filter(({ content, end }) => content <= element.start && end >= element.end)
    .filter((outer) => outer !== element)
    .toSorted((a, b) => b.content - a.content);
  let start = element.start;
  let end = element.end;
  let inside = replacement;
  for (const outer of around) {
    const content = Buffer.concat([bytes.subarray(outer.content, start), inside, bytes.subarray(end, outer.end)]);
    inside = Buffer.concat([bytes.subarray(outer.start, outer.start + 1), lengthOf(content.length), content]);
    ({ start, end } = outer);
  }
  return Buffer.concat([bytes.subarray(0, start), inside, bytes.subarray(end)]);
}

function readElements(bytes: Buffer, from: number, to: number, depth: number): readonly Element[] {
  const elements: Element[] = [];
  let at = from;
  while (at + 2 <= to && depth < 12) {
    const tag = bytes[at] ?? 0;
    const first = bytes[at + 1] ?? 0;
    const count = first < 0x80 ? 0 : first & 0x7f;
    if (count > 3) return elements;
    const content = at + 2 + count;
    const length = count === 0 ? first : content <= to ? bytes.readUIntBE(at + 2, count) : to;
    const end = content + length;
    if (end > to) return elements;
    const element = { start: at, content, end };
    elements.push(element);
    if ((tag & 0x20) !== 0) elements.push(...readElements(bytes, content, end, depth + 1));
    else if (tag === 0x04 && bytes[content] === 0x30) elements.push(...readElements(bytes, content, end, depth + 1));
    at = end;
  }
  return elements;
}
