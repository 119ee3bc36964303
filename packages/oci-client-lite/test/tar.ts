/** An entry of an archive, whose header can be wrong in any field. */
export interface Entry {
  readonly name: string;
  readonly bytes?: Uint8Array;
  readonly type?: string;
  readonly magic?: string;
  readonly prefix?: string;
  /** Text of the size field, or its bytes. */
  readonly size?: string | Uint8Array;
  readonly checksum?: string;
}

const pad = (length: number): Buffer => Buffer.alloc((512 - (length % 512)) % 512);

/** The blocks of one entry. */
export function entryBytes({ name, bytes = new Uint8Array(), type = '0', ...odd }: Entry): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0, 100, 'utf8');
  header.write('0000644\0', 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  const size = odd.size ?? `${bytes.byteLength.toString(8).padStart(11, '0')}\0`;
  if (typeof size === 'string') header.write(size, 124, 12, 'latin1');
  else header.set(size, 124);
  header.write('00000000000\0', 136);
  header.write(type, 156, 1, 'latin1');
  header.write(odd.magic ?? 'ustar\x0000', 257, 8, 'latin1');
  header.write(odd.prefix ?? '', 345, 155, 'utf8');
  header.fill(' ', 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(odd.checksum ?? `${sum.toString(8).padStart(6, '0')}\0 `, 148, 8, 'latin1');
  return Buffer.concat([header, bytes, pad(bytes.byteLength)]);
}

/** A pax header with these records. */
export function paxEntry(records: Readonly<Record<string, string>>, type = 'x'): Entry {
  const text = Object.entries(records).map(([key, value]) => {
    const rest = Buffer.byteLength(` ${key}=${value}\n`);
    const length = [1, 2, 3, 4, 5].map((digits) => rest + digits).find((all) => all - rest === String(all).length) ?? 0;
    return `${length} ${key}=${value}\n`;
  });
  return { name: 'PaxHeaders/x', type, bytes: Buffer.from(text.join('')) };
}

export const endOfTar: Buffer = Buffer.alloc(1024);

/** An archive with its end. */
export function tarBytes(entries: readonly Entry[]): Buffer {
  return Buffer.concat([...entries.map((entry) => entryBytes(entry)), endOfTar]);
}
