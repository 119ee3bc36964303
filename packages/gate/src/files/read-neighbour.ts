import { readFileSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { isGateError } from '../error.ts';
import type { ReadNeighbour } from '../find/find-context.ts';
import { decodeText, MAX_BYTES } from '../text/decode-text.ts';

/** Reads the files that others name, from the disk, below one folder only: a manifest leads nowhere else. */
export function neighboursBelow(root: string): ReadNeighbour {
  const top = resolve(root);
  return (from, path) => {
    const file = isAbsolute(path) ? path : join(dirname(from), path);
    const step = relative(top, resolve(file));
    if (step === '..' || step.startsWith('../') || step.startsWith('..\\') || isAbsolute(step)) return undefined;
    try {
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
