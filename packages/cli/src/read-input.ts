import { readFile } from 'node:fs/promises';
import { stdin } from 'node:process';
import { UsageError } from './usage-error.ts';

/** The text of a file that a flag or variable names. */
export async function readInput(flag: string, file: string): Promise<string> {
  return (await readBytes(flag, file)).toString('utf8');
}

/** The bytes of a file that a flag or argument names. */
export async function readBytes(flag: string, file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw new UsageError(`${flag} ${file} can't be read (${why})`);
  }
}

/** All of standard input, up to a limit. */
export async function readStandardInput(maxBytes: number, expected: string): Promise<Uint8Array> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of stdin) {
    const bytes = Buffer.from(part as Uint8Array);
    size += bytes.byteLength;
    if (size > maxBytes) throw new UsageError(`standard input has more than ${maxBytes} bytes; expected ${expected}`);
    parts.push(bytes);
  }
  return Buffer.concat(parts);
}
