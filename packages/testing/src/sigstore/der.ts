/** A small DER writer (ITU-T X.690), with just the reading that a signer needs. */

/** One tag, length and value. */
export function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag, ...lengthOf(body.length)]), body]);
}

/** SEQUENCE. */
export function sequence(...contents: readonly Uint8Array[]): Buffer {
  return der(0x30, ...contents);
}

/** SET OF: DER wants its members sorted by their encoding (X.690 §11.6). */
export function setOf(...members: readonly Uint8Array[]): Buffer {
  return der(0x31, ...sortMembers(members));
}

/** The order of a SET OF. */
export function sortMembers(members: readonly Uint8Array[]): readonly Uint8Array[] {
  return members.toSorted((a, b) => Buffer.compare(a, b));
}

/** Context-specific and constructed: `[n]`. */
export function context(number: number, ...contents: readonly Uint8Array[]): Buffer {
  return der(0xa0 | number, ...contents);
}

/** INTEGER, not negative. */
export function integer(value: bigint | number): Buffer {
  const hex = BigInt(value).toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  return der(0x02, ...((bytes[0] ?? 0) >= 0x80 ? [Buffer.of(0), bytes] : [bytes]));
}

/** OBJECT IDENTIFIER from its dotted form. */
export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return der(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

/** OCTET STRING. */
export function octetString(bytes: Uint8Array): Buffer {
  return der(0x04, bytes);
}

/** BIT STRING of whole bytes, or with unused bits at its end. */
export function bitString(bytes: Uint8Array, unusedBits = 0): Buffer {
  return der(0x03, Buffer.of(unusedBits), bytes);
}

/** UTF8String. */
export function utf8String(text: string): Buffer {
  return der(0x0c, Buffer.from(text, 'utf8'));
}

/** BOOLEAN. */
export function boolean(value: boolean): Buffer {
  return der(0x01, Buffer.of(value ? 0xff : 0));
}

/** NULL. */
export function nullValue(): Buffer {
  return der(0x05);
}

/** GeneralizedTime in UTC; a fraction of a second only when there is one (X.690 §11.7 forbids trailing zeros). */
export function generalizedTime(time: Date): Buffer {
  const [date = '', fraction = ''] = time
    .toISOString()
    .replace(/[-:TZ]/g, '')
    .split('.');
  const digits = fraction.replace(/0+$/, '');
  return der(0x18, Buffer.from(digits === '' ? `${date}Z` : `${date}.${digits}Z`));
}

/** UTCTime, whole seconds. */
export function utcTime(time: Date): Buffer {
  return der(0x17, Buffer.from(`${time.toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`));
}

/** A sequence of `{ tag, bytes (whole), contents }`: for DER of our own, so malformed input is a `RangeError`. */
export interface DerNode {
  readonly tag: number;
  readonly bytes: Buffer;
  readonly contents: Buffer;
}

/** Splits the contents of a constructed value into its members. */
export function readMembers(contents: Uint8Array): readonly DerNode[] {
  const bytes = Buffer.from(contents);
  const members: DerNode[] = [];
  for (let at = 0; at < bytes.length; ) {
    const short = bytes.readUInt8(at + 1);
    const width = short < 0x80 ? 0 : short & 0x7f;
    const length = width === 0 ? short : bytes.readUIntBE(at + 2, width);
    const start = at + 2 + width;
    const end = start + length;
    members.push({ tag: bytes.readUInt8(at), bytes: bytes.subarray(at, end), contents: bytes.subarray(start, end) });
    at = end;
  }
  return members;
}

function lengthOf(length: number): readonly number[] {
  if (length < 0x80) return [length];
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return [0x80 | bytes.length, ...bytes];
}

function base128(part: number): readonly number[] {
  const bytes = [part % 128];
  for (let rest = Math.floor(part / 128); rest > 0; rest = Math.floor(rest / 128)) bytes.unshift((rest % 128) | 0x80);
  return bytes;
}
