/** One DER element: tag, definite length, contents (X.690 §10). */
export function derElement(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(contents);
  const { length } = body;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  if (length > 0xffff) throw new RangeError('longer than this test kit writes');
  return Buffer.concat([Buffer.from([tag, ...size]), body]);
}

/** SEQUENCE. */
export function derSequence(...contents: readonly Uint8Array[]): Buffer {
  return derElement(0x30, ...contents);
}

/** SET OF, its members in DER order. */
export function derSet(...contents: readonly Uint8Array[]): Buffer {
  return derElement(0x31, ...contents.toSorted(Buffer.compare));
}

/** OCTET STRING. */
export function derOctetString(contents: Uint8Array): Buffer {
  return derElement(0x04, contents);
}

/** UTF8String. */
export function derUtf8String(text: string): Buffer {
  return derElement(0x0c, Buffer.from(text, 'utf8'));
}

/** INTEGER of a small non-negative number. */
export function derInteger(value: number): Buffer {
  if (!Number.isInteger(value) || value < 0 || value > 0x7f) throw new RangeError('an integer from 0 to 127');
  return derElement(0x02, Buffer.from([value]));
}

/** OBJECT IDENTIFIER from dotted text. */
export function derObjectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const arcs = [first * 40 + second, ...rest].flatMap((arc) => {
    const digits = [arc & 0x7f];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) digits.unshift((left & 0x7f) | 0x80);
    return digits;
  });
  return derElement(0x06, Buffer.from(arcs));
}

/** GeneralizedTime in UTC, whole seconds. */
export function derGeneralizedTime(time: Date): Buffer {
  return derElement(0x18, Buffer.from(time.toISOString().replace(/\.\d+Z$/, 'Z').replaceAll(/[-:T]/g, ''), 'ascii'));
}

/** The elements directly inside the element at the start of `bytes`. Only for DER that this kit made itself. */
export function derChildren(bytes: Buffer): readonly Buffer[] {
  const outer = spanAt(bytes, 0);
  const found: Buffer[] = [];
  for (let at = outer.from; at < outer.to; ) {
    const { to } = spanAt(bytes, at);
    found.push(bytes.subarray(at, to));
    at = to;
  }
  return found;
}

function spanAt(bytes: Buffer, at: number): { readonly from: number; readonly to: number } {
  const first = bytes.readUInt8(at + 1);
  const more = first < 0x80 ? 0 : first & 0x7f;
  const length = more === 0 ? first : bytes.readUIntBE(at + 2, more);
  const from = at + 2 + more;
  return { from, to: from + length };
}
