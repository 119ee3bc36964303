import { requireText } from '@sigtrail/encoding';
import { writeFile } from 'node:fs/promises';
import { GateError } from '../error.ts';

/** Writes a file that must not be there yet. @throws GateError `file-exists`, `unwritable-file` */
export async function writeNewFile(file: string, text: string): Promise<void> {
  requireText(file, 'writeNewFile', 'file');
  requireText(text, 'writeNewFile', 'text');
  try {
    await writeFile(file, text, { flag: 'wx' });
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
    if (code === 'EEXIST')
      throw new GateError('file-exists', 'is there already, and is not overwritten', { file, cause });
    throw new GateError('unwritable-file', `could not be written (${code})`, { file, cause });
  }
}
