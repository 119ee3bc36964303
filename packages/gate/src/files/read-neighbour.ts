import { readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { isGateError } from '../error.ts';
import type { ReadNeighbour } from '../find/find-context.ts';
import { decodeText, MAX_BYTES } from '../text/decode-text.ts';

/** Reads the files that others name, from the disk, below one folder only: a manifest leads nowhere else. */
export function neighboursBelow(root: string): ReadNeighbour {
  const top = resolve(root);
  return (from, path) => {
    const file = isAbsolute(path) ? path : join(dirname(from), path);
    try {
      // A link may lead anywhere: what counts is where the file really is.
      if (isOutside(top, resolve(file)) || isOutside(realpathSync(top), realpathSync(file))) return undefined;
      const found = statSync(file);
      if (!found.isFile() || found.size > MAX_BYTES) return undefined;
      return { file, text: decodeText(readFileSync(file), file) };
    } catch (error) {
      // It is reported where it is named: it can't be read.
      if (isGateError(error) || (error instanceof Error && 'code' in error)) return undefined;
      throw error;
    }
  };
}

function isOutside(folder: string, file: string): boolean {
  const step = relative(folder, file);
  return step === '..' || step.startsWith(`..${sep}`) || isAbsolute(step);
}
