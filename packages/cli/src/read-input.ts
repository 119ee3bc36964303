import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { stdin } from 'node:process';
import { codeOf } from './error-code.ts';
import { UsageError } from './usage-error.ts';

/** The text of a file that a flag, a variable or an argument (`<file>`) names. */
export async function readInput(flag: string, file: string): Promise<string> {
  return (await readBytes(flag, file)).toString('utf8');
}

/** The bytes of a file that a flag or argument names. */
export async function readBytes(flag: string, file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw unreadable(flag, file, error);
  }
}

/** The text of a file, for a reader that asks in the middle of its work. */
export function readTextNow(flag: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw unreadable(flag, file, error);
  }
}

function unreadable(flag: string, file: string, error: unknown): UsageError {
  const code = codeOf(error);
  // An argument stands for itself; a flag is named, since there may be several files.
  const name = flag.startsWith('<') ? '' : `${flag}: `;
  if (code === 'ENOENT') return new UsageError(`${name}there is no file ${file}`);
  if (code === 'EISDIR') return new UsageError(`${name}${file} is a directory; expected a file`);
  return new UsageError(`${name}${file} can’t be read (${code})`);
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
