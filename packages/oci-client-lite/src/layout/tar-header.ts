import { OciError } from '../error.ts';

/** Bytes of a header; contents are padded to a multiple of this. */
export const blockBytes = 512;

/** A header of a tar archive. Its type is one of the characters of POSIX pax, "Ustar Interchange Format". */
export interface TarHeader {
  readonly type: string;
  readonly name: string;
  readonly size: number;
}

/** What extended headers say about the entry that follows them. */
export interface TarExtension {
  readonly path?: string;
  readonly size?: number;
}

/** The error for an archive that is refused. */
export function refuseArchive(reason: string, actual?: string | number): OciError {
  return new OciError('invalid-layout', `cannot read the tar archive: ${reason}`, { actual });
}

/**
 * Reads a header of POSIX or GNU tar. No other dialects are in use, and readers understand them differently.
 *
 * @throws OciError `invalid-layout`
 */
export function parseTarHeader(block: Uint8Array): TarHeader {
  const magic = latin(block, 257, 265);
  if (magic !== 'ustar\x0000' && magic !== 'ustar  \0')
    throw refuseArchive('it is not in the format of POSIX or GNU tar');
  if (checksumOf(block) !== octal(block, 148, 156)) throw refuseArchive('the checksum of a header is wrong');
  const name = text(block.subarray(0, 100));
  // GNU tar keeps times where POSIX keeps the front of a long name.
  const prefix = magic.endsWith('00') ? text(block.subarray(345, 500)) : '';
  const type = latin(block, 156, 157);
  return {
    type: type === '\0' ? '0' : type,
    name: prefix === '' ? name : `${prefix}/${name}`,
    size: sizeOf(block),
  };
}

/** Reads the records of a pax header: `length key=value\n`. @throws OciError `invalid-layout` */
export function parsePax(bytes: Uint8Array): TarExtension {
  const records = new Map<string, string>();
  for (let at = 0; at < bytes.byteLength; ) {
    const space = bytes.indexOf(0x20, at);
    const digits = space < 0 || space - at > 10 ? '' : latin(bytes, at, space);
    const end = /^[1-9]\d*$/.test(digits) ? at + Number(digits) : 0;
    if (end <= space + 1 || end > bytes.byteLength || bytes[end - 1] !== 0x0a) throw malformedPax();
    const record = bytes.subarray(space + 1, end - 1);
    const equals = record.indexOf(0x3d);
    if (equals < 1) throw malformedPax();
    const key = latin(record, 0, equals);
    if (records.has(key)) throw refuseArchive('an extended header has the same record twice', key);
    if (key.startsWith('GNU.sparse.')) throw refuseArchive('it contains a sparse file');
    if (key === 'hdrcharset') throw refuseArchive('an extended header chooses a character set');
    // Other values (attributes, times) need not be text.
    records.set(key, key === 'path' || key === 'size' ? text(record.subarray(equals + 1), 'whole') : '');
    at = end;
  }
  const path = records.get('path');
  const size = records.get('size');
  if (size !== undefined && !/^(?:0|[1-9]\d{0,15})$/.test(size)) throw malformedPax();
  return { ...(path === undefined ? {} : { path }), ...(size === undefined ? {} : { size: Number(size) }) };
}

/** The name in a header of GNU tar for a long name. @throws OciError `invalid-layout` */
export function parseLongName(bytes: Uint8Array): string {
  return text(bytes);
}

function malformedPax(): OciError {
  return refuseArchive('an extended header is malformed');
}

// The sum of all bytes of the header, with spaces in place of the checksum itself.
function checksumOf(block: Uint8Array): number {
  return block.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 0x20 : byte), 0);
}

function sizeOf(block: Uint8Array): number {
  const field = block.subarray(124, 136);
  const [first = 0, ...rest] = field;
  if (first < 0x80) return octal(block, 124, 136);
  // GNU tar writes a number that does not fit in octal digits in base 256.
  const size = rest.reduce((value, byte) => value * 256 + byte, 0);
  if (first !== 0x80 || !Number.isSafeInteger(size)) throw refuseArchive('a size is negative or too large');
  return size;
}

function octal(block: Uint8Array, start: number, end: number): number {
  const digits = /^ *([0-7]+)[ \0]*$/.exec(latin(block, start, end))?.[1];
  if (digits === undefined) throw refuseArchive('a number in a header is malformed');
  return Number.parseInt(digits, 8);
}

function latin(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.subarray(start, end)).toString('latin1');
}

/** Reads UTF-8, either up to the first NUL or whole. */
function text(bytes: Uint8Array, extent: 'to NUL' | 'whole' = 'to NUL'): string {
  const end = extent === 'whole' ? -1 : bytes.indexOf(0);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(end < 0 ? bytes : bytes.subarray(0, end));
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw refuseArchive('a name is not UTF-8');
  }
}
