import { closeSync, openSync, readSync } from 'node:fs';
import { GateError } from '../error.ts';
import { MAX_BYTES } from '../text/decode-text.ts';

/** Reads a file, and no more than may be read: a device has no size, and no end. @throws GateError `too-large`; the error of the system */
export function readBounded(file: string): Uint8Array {
  const handle = openSync(file, 'r');
  try {
    const parts: Uint8Array[] = [];
    for (let total = 0; ; ) {
      const part = new Uint8Array(CHUNK);
      const count = readSync(handle, part);
      if (count === 0) return Buffer.concat(parts);
      total += count;
      if (total > MAX_BYTES)
        throw new GateError('too-large', `has more than ${MAX_BYTES} bytes, which are not read`, { file });
      parts.push(part.subarray(0, count));
    }
  } finally {
    closeSync(handle);
  }
}

const CHUNK = 64 * 1024;
