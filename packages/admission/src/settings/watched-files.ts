import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { AdmissionError, isAdmissionError } from '../error.ts';

/** Files that were read, and whether they still say the same. Kubernetes swaps a link to replace them, so that watching a file itself would see nothing. */
export interface WatchedFiles {
  /** @throws AdmissionError `invalid-settings` */
  text(path: string): Promise<string>;
  /** The same at once, for readers that can't wait. @throws AdmissionError `invalid-settings` */
  textNow(path: string): string;
  /** Whether a file changed since it was read, or can't be read any more. */
  changed(): Promise<boolean>;
}

/** The largest file that settings may name. */
const MAX_BYTES = 4 * 1024 * 1024;

export function watchFiles(): WatchedFiles {
  const seen = new Map<string, string>();
  return {
    text: async (path) => {
      const bytes = await read(path);
      seen.set(path, hashOf(bytes));
      return bytes.toString('utf8');
    },
    textNow: (path) => {
      const bytes = readNow(path);
      seen.set(path, hashOf(bytes));
      return bytes.toString('utf8');
    },
    changed: async () => {
      const answers = await Promise.all(
        [...seen].map(async ([path, hash]) => {
          try {
            return hashOf(await read(path)) !== hash;
          } catch {
            return true; // Reading everything anew says what is wrong with it.
          }
        }),
      );
      return answers.includes(true);
    },
  };
}

async function read(path: string): Promise<Buffer> {
  return bounded(path, await readFile(path).catch((cause: unknown) => refuse(path, cause)));
}

function readNow(path: string): Buffer {
  try {
    return bounded(path, readFileSync(path));
  } catch (cause) {
    return refuse(path, cause);
  }
}

function bounded(path: string, bytes: Buffer): Buffer {
  if (bytes.byteLength <= MAX_BYTES) return bytes;
  throw new AdmissionError('invalid-settings', `${path} is larger than ${String(MAX_BYTES)} bytes`);
}

function refuse(path: string, cause: unknown): never {
  if (isAdmissionError(cause)) throw cause;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
  throw new AdmissionError('invalid-settings', `${path} can’t be read (${code})`, { cause });
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
