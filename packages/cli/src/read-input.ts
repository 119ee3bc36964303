import { readFile } from 'node:fs/promises';
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
