import { readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { GateError, isGateError } from '../error.ts';
import type { ReadNeighbour } from '../find/find-context.ts';
import { decodeText, MAX_BYTES } from '../text/decode-text.ts';
import { unreadableFile } from './gate-file.ts';
import { isOutside } from './inside.ts';

/**
 * Reads the files that others name, from the disk, below one folder only: a manifest leads nowhere else. The `.env` beside a file is read wherever the file
 * is: a user who names the file means it too.
 */
export function neighboursBelow(root: string): ReadNeighbour {
  const top = resolve(root);
  return (from, path) => {
    const file = isAbsolute(path) ? path : join(from === '' ? root : dirname(from), path);
    try {
      const found = statSync(file);
      // Compose, too, takes a folder for nothing: a Python environment is often called `.env`.
      if (found.isDirectory()) return undefined;
      // A link may lead anywhere: what counts is where the file really is.
      const isBelow = !isOutside(top, resolve(file)) && !isOutside(realpathSync(top), realpathSync(file));
      if (!isBelow && path !== '.env') throw new GateError('unreadable-file', `is outside ${root}`, { file });
      if (!found.isFile()) throw new GateError('unreadable-file', 'is not a plain file', { file });
      if (found.size > MAX_BYTES)
        throw new GateError('too-large', `has ${found.size} bytes; at most ${MAX_BYTES} are read`, { file });
      return { file, text: decodeText(readFileSync(file), file) };
    } catch (error) {
      if (isGateError(error)) throw error;
      if (isMissing(error)) return undefined;
      throw unreadableFile(file, error);
    }
  };
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}
