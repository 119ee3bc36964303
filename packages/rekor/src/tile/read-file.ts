import { closeSync, fstatSync, open, read } from 'node:fs';
import { promisify } from 'node:util';

import { RekorError } from '../error.ts';

const openFile = promisify(open);
const readInto = promisify(read);

/**
 * Reads a file whole. Only operations that may wait for the disk go to the thread pool, each at a cost of some 40 µs on two threads: a scan reads
 * thousands of files. An open file's size is known, and closing a file that was only read doesn't wait.
 *
 * @returns `undefined` for a folder, a pipe or a device
 * @throws RekorError `too-large` above `maxBytes`, and the errors of `node:fs`
 */
export async function readWhole(path: string, maxBytes: number): Promise<Uint8Array | undefined> {
  const file = await openFile(path, 'r');
  try {
    const stat = fstatSync(file);
    if (!stat.isFile()) return undefined;
    const { size } = stat;
    if (size > maxBytes)
      throw new RekorError('too-large', `${path} has ${String(size)} bytes; at most ${String(maxBytes)} are read`);
    const bytes = Buffer.allocUnsafeSlow(size);
    let end = 0;
    while (end < size) {
      const { bytesRead } = await readInto(file, bytes, end, size - end, null);
      if (bytesRead === 0) break; // cut short since it was opened
      end += bytesRead;
    }
    return end === size ? bytes : Buffer.from(bytes.subarray(0, end));
  } finally {
    closeSync(file);
  }
}
