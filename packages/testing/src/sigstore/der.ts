/** Encodes one DER element (X.690 §8.1). */
export function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(contents);
  const { length } = body;
  const size =
    length < 0x80
      ? [length]
      : length < 0x100
        ? [0x81, length]
        : length < 0x10000
          ? [0x82, length >> 8, length & 0xff]
          : [0x83, length >> 16, (length >> 8) & 0xff, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), body]);
}

/** OBJECT IDENTIFIER from dotted text. */
export function objectIdentifier(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  const bytes = [first * 40 + second, ...rest].flatMap((arc) => {
    const groups = [arc & 0x7f];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128))
      groups.unshift((left & 0x7f) | 0x80);
    return groups;
  });
  return der(0x06, Buffer.from(bytes));
}

/** Non-negative INTEGER. */
export function integer(value: number | Uint8Array): Buffer {
  let bytes =
    typeof value === 'number'
      ? Buffer.from(
          value.toString(16).padStart(value.toString(16).length + (value.toString(16).length % 2), '0'),
          'hex',
        )
      : Buffer.from(value);
  if ((bytes[0] ?? 0) & 0x80) bytes = Buffer.concat([Buffer.from([0]), bytes]);
  return der(0x02, bytes);
}

/** GeneralizedTime in whole seconds. */
export function generalizedTime(time: Date): Buffer {
  return der(0x18, Buffer.from(`${time.toISOString().replaceAll(/[-:T]|\.\d+Z/g, '')}Z`));
}

/** The elements inside a constructed element, each with its whole bytes. */
export function children(bytes: Uint8Array): readonly Buffer[] {
  const found: Buffer[] = [];
  const { start: from, end } = extent(bytes, 0);
  for (let offset = from; offset < end; ) {
    const next = extent(bytes, offset).end;
    found.push(Buffer.from(bytes.subarray(offset, next)));
    offset = next;
  }
  return found;
}

function extent(bytes: Uint8Array, offset: number): { readonly start: number; readonly end: number } {
  const first = bytes[offset + 1] ?? 0;
  if (first < 0x80) return { start: offset + 2, end: offset + 2 + first };
  let length = 0;
  for (let index = 0; index < (first & 0x7f); index++) length = length * 256 + (bytes[offset + 2 + index] ?? 0);
  return { start: offset + 2 + (first & 0x7f), end: offset + 2 + (first & 0x7f) + length };
}
